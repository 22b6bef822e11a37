# The compiled system call filters that are kept for the next start: as strict as new ones, and never taken when damaged.
# In the machine, where the runtime is crun.
load ../lib/common

KEPT=/run/wherry/seccomp

setup_file() { rm -rf "$KEPT"; }

kept() { ls "$KEPT" | wc -l; }
uses_kept() { grep -q run.oci.seccomp_bpf_data "/run/wherry/containers/$(wherry inspect -f '{{.Id}}' "$1")/config.json"; }
filters() { grep -P '^Seccomp_filters:' "/proc/$(pid_of "$1")/status" | tr -dc 0-9; }

is_filtered() { # NAME
  grep -qP '^Seccomp:\t2$' "/proc/$(pid_of "$1")/status"
  # Allowed without the filter, as the next test shows: another name in a namespace of its own.
  refute wherry exec "$1" unshare -r -u hostname other
}

@test "a container that starts with a kept filter is filtered as the first" {
  wherry run -d --network none --name first "$IMG" sleep 1000
  refute uses_kept first
  equal "$(kept)" 1
  is_filtered first
  wherry run -d --network none --name second "$IMG" sleep 1000
  uses_kept second
  equal "$(kept)" 1
  is_filtered second
  equal "$(filters second)" "$(filters first)"
  cmp /run/wherry/runtime/*/seccomp.bpf
  # Attached and with conmon as well.
  run -0 wherry run --rm --network none "$IMG" grep Seccomp: /proc/self/status
  equal "$(tr -dc 0-9 <<<"$output")" 2
  refute wherry run --rm --network none "$IMG" unshare -r -u hostname other
}

@test "without a filter the same call is allowed" {
  wherry run --rm --network none --security-opt seccomp=unconfined "$IMG" unshare -r -u hostname other
}

@test "a kept filter that is damaged is not used, and made anew" {
  local file size name
  wherry run --rm --network none "$IMG" true
  file=$(ls "$KEPT"/*)
  size=$(stat -c %s "$file")
  cp "$file" "$scratch/good"
  name=damage
  damage() { # WHAT
    wherry run -d --network none --name "$name" "$IMG" sleep 1000
    if uses_kept "$name"; then echo "used: $1"; return 1; fi
    is_filtered "$name"
    cmp "$file" "$scratch/good"
    wherry rm -f "$name"
  }
  # One instruction that allows everything, with a sum of nothing.
  { head -c 32 /dev/zero; printf '\x06\0\0\0\0\0\xff\x7f'; } >"$file"
  damage "a program that allows everything"
  { head -c 32 "$scratch/good"; printf '\x06\0\0\0\0\0\xff\x7f'; } >"$file"
  damage "another program below the good sum"
  head -c $((size - 8)) "$scratch/good" >"$file"
  damage "cut short"
  : >"$file"
  damage "empty"
  head -c 100000 /dev/urandom >"$file"
  damage "too large"
  rm "$file"
  mkdir "$file"
  wherry run -d --network none --name "$name" "$IMG" sleep 1000
  is_filtered "$name"
  rmdir "$file"
}

@test "a profile of one's own has a filter of its own" {
  cat >"$scratch/profile.json" <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
END
  wherry run --rm --network none "$IMG" mkdir /tmp/allowed
  local before i
  before=$(kept)
  for i in 1 2 3; do
    refute wherry run --rm --network none --security-opt "seccomp=$scratch/profile.json" "$IMG" mkdir /tmp/refused
  done
  equal "$(kept)" $((before + 1))
  # A rule less is another filter again.
  sed -i 's/"mkdir", //' "$scratch/profile.json"
  wherry run --rm --network none --security-opt "seccomp=$scratch/profile.json" "$IMG" true
  equal "$(kept)" $((before + 2))
  # And so are more capabilities with the default one.
  wherry run --rm --network none --cap-add SYS_ADMIN "$IMG" unshare -r -u hostname other
  equal "$(kept)" $((before + 3))
  refute wherry run --rm --network none "$IMG" unshare -r -u hostname other
}

@test "no more than 32 are kept" {
  local i
  for i in $(seq 40); do : >"$KEPT/$(printf %064d "$i")"; done
  wherry run --rm --network none --cap-add SYS_PTRACE "$IMG" true
  equal "$(kept)" 1
}
