# wherry run: output, exit codes, and every option as the container sees it.
load ../lib/common

inside() { wherry run --rm "$@"; }

@test "run prints what the container prints, apart" {
  run -0 --separate-stderr inside "$IMG" sh -c 'echo out; echo err >&2'
  equal "$output" out
  equal "$stderr" err
}

@test "run ends with the container's exit code" {
  run -0 inside "$IMG" true
  run -7 inside "$IMG" sh -c 'exit 7'
  run -255 inside "$IMG" sh -c 'exit 255'
}

@test "a container that dies of a signal gives 128 and its number" {
  local client
  wherry run --name dying "$IMG" sh -c 'echo ready; while :; do sleep 0.1; done' >"$scratch/out" 3>&- &
  client=$!
  eventually 10 grep -q ready "$scratch/out"
  wherry kill dying
  ended "$client" 137
  # The first process of a container ignores what it does not handle, so its child dies here.
  run -139 inside "$IMG" sh -c 'sh -c "kill -SEGV \$\$"; exit $?'
}

@test "125 when the engine refuses, 126 when the command cannot be run, 127 when there is none" {
  fails 125 run --rm --pull never "$REGISTRY/absent:latest" true
  fails 126 run --rm "$IMG" /etc/not-executable
  fails 127 run --rm "$IMG" /no/such/command
  says no/such/command
  fails 127 run --rm "$IMG" no-such-command
}

@test "a detached container whose command cannot be run says so once and has its code" {
  fails 127 run -d --name absent "$IMG" no-such-command
  equal "$(grep -c no-such-command <<<"$stderr")" 1
  run -0 wherry inspect --format '{{.State.ExitCode}}' absent
  equal "$output" 127
  fails 126 run -d --name locked "$IMG" /etc/not-executable
  run -0 wherry inspect --format '{{.State.ExitCode}}' locked
  equal "$output" 126
  fails 126 run -d --name folder "$IMG" /etc
}

@test "a container that could not be started leaves nothing with --rm" {
  fails 127 run --rm --name gone "$IMG" /no/such/command
  run -0 wherry ps -a -q
  equal "$output" ""
}

@test "binary standard input and output pass unchanged" {
  random_file "$scratch/in" 4
  wherry run --rm -i "$IMG" cat <"$scratch/in" >"$scratch/out"
  cmp "$scratch/in" "$scratch/out"
}

@test "standard error is binary too, and large output of both is complete" {
  random_file "$scratch/in" 2
  wherry run --rm -i "$IMG" sh -c 'tee /dev/stderr' <"$scratch/in" >"$scratch/out" 2>"$scratch/err"
  cmp "$scratch/in" "$scratch/out"
  cmp "$scratch/in" "$scratch/err"
}

@test "the end of standard input reaches the container" {
  run -0 bash -c "printf 'a\nb\n' | wherry run --rm -i '$IMG' wc -l"
  equal "$output" 2
}

@test "without -i standard input is empty" {
  run -0 bash -c "echo text | wherry run --rm '$IMG' cat"
  equal "$output" ""
}

@test "32 MiB of output arrive whole and in order" {
  # 32,768 lines of 1 KiB: under systemd each line is an entry of the journal as well.
  wherry run --rm "$IMG" awk 'BEGIN { for (n = 0; n < 32768; n++) printf "%01023d\n", n }' >"$scratch/out"
  equal "$(wc -c <"$scratch/out")" $((32 << 20))
  equal "$(awk '{ if ($1 + 0 != NR - 1) { print "gap at " NR; exit } }' "$scratch/out")" ""
}

@test "a reader that goes away ends the client; the container runs on, as with Docker" {
  timeout 20 wherry run --rm --name piped "$IMG" yes 2>/dev/null | head -1 >/dev/null
  has_state piped running
  wherry rm -f piped
  container_is_gone piped
}
container_is_gone() { ! wherry inspect "$1" >/dev/null 2>&1; }

@test "signals of the client reach the container" {
  local client
  # A shell starts its background jobs with SIGINT ignored, a terminal does not.
  env --default-signal=INT wherry run --name signalled "$IMG" sh -c \
    'trap "echo got TERM; exit 3" TERM; trap "echo got INT; exit 4" INT; trap "echo got USR1" USR1
     echo ready; while :; do sleep 0.1; done' >"$scratch/out" 3>&- &
  client=$!
  eventually 10 grep -q ready "$scratch/out"
  kill -USR1 "$client"
  eventually 5 grep -q 'got USR1' "$scratch/out"
  kill -INT "$client"
  ended "$client" 4
  grep -q 'got INT' "$scratch/out"
}

@test "SIGTERM to the client ends the container with its own exit code" {
  local client
  wherry run --rm "$IMG" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done' >"$scratch/out" 3>&- &
  client=$!
  eventually 10 grep -q ready "$scratch/out"
  kill -TERM "$client"
  ended "$client" 3
}

@test "run -d prints the whole ID and returns" {
  run -0 wherry run -d "$IMG" sleep 100
  [[ "$output" =~ ^[0-9a-f]{64}$ ]]
  has_state "$output" running
}

@test "run pulls an image that is missing" {
  push --name fresh --rootfs "$SUITE/root-box" --rootfs "$SUITE/root-second" --cmd '["cat","/etc/second"]'
  run -0 --separate-stderr inside "$REGISTRY/fresh:latest"
  equal "$output" second
}

@test "the image's entrypoint, command, user, folder, environment and labels hold" {
  wherry pull -q "$REGISTRY/entry:latest"
  run -0 inside "$REGISTRY/entry:latest"
  equal "$output" "entry default"
  run -0 inside "$REGISTRY/entry:latest" other words
  equal "$output" "entry other words"
  run -0 inside --entrypoint sh "$REGISTRY/entry:latest" -c 'pwd; id -u; id -G; echo $FROM_IMAGE; echo $HOME'
  equal "$output" "$(printf '/work\n1000\n1000 2000\nyes\n/home/app')"
}

@test "--entrypoint with nothing clears the image's" {
  run -0 inside --entrypoint '' "$REGISTRY/entry:latest" echo bare
  equal "$output" bare
}

@test "-e sets, overrides and passes on variables" {
  HANDED=over run -0 inside -e A=1 -e FROM_IMAGE=no -e HANDED -e EMPTY= -e 'ODD=a b"c=$d' --entrypoint env \
    "$REGISTRY/entry:latest"
  grep -qx 'A=1' <<<"$output"
  grep -qx 'FROM_IMAGE=no' <<<"$output"
  grep -qx 'HANDED=over' <<<"$output"
  grep -qx 'EMPTY=' <<<"$output"
  grep -qxF 'ODD=a b"c=$d' <<<"$output"
  [ "$(grep -c FROM_IMAGE <<<"$output")" -eq 1 ]
}

@test "--env-file reads variables and skips comments" {
  printf '# comment\nFROM_FILE=1\n\nWITH_SPACE=a b\nHANDED\n' >"$scratch/env"
  HANDED=over run -0 inside --env-file "$scratch/env" -e FROM_FILE=2 "$IMG" env
  grep -qx 'FROM_FILE=2' <<<"$output"
  grep -qx 'WITH_SPACE=a b' <<<"$output"
  grep -qx 'HANDED=over' <<<"$output"
}

@test "-w sets the working folder and makes it when it is missing" {
  run -0 inside -w /tmp "$IMG" pwd
  equal "$output" /tmp
  run -0 inside -w /made/for/it "$IMG" pwd
  equal "$output" /made/for/it
}

@test "-u takes numbers and names, with groups" {
  run -0 inside -u 1234 "$IMG" sh -c 'id -u; id -g'
  equal "$output" "$(printf '1234\n0')"
  run -0 inside -u 1234:5678 "$IMG" sh -c 'id -u; id -g'
  equal "$output" "$(printf '1234\n5678')"
  run -0 inside -u app "$IMG" sh -c 'id -u; id -G'
  equal "$output" "$(printf '1000\n1000 2000')"
  run -0 inside -u app:extra "$IMG" sh -c 'id -u; id -g'
  equal "$output" "$(printf '1000\n2000')"
}

@test "users that do not exist or cannot be numbers are refused" {
  for user in nobody-here 4294967296 -1 0x0 1e3; do
    fails 125 run --rm "--user=$user" "$IMG" true
  done
}

@test "-h sets the hostname, and without it the hostname is the short ID" {
  run -0 inside -h kiosk-7 "$IMG" hostname
  equal "$output" kiosk-7
  local id
  id=$(wherry run -d "$IMG" sleep 100)
  run -0 wherry exec "$id" hostname
  equal "$output" "${id:0:12}"
}

@test "-v binds folders and files, read-write and read-only" {
  mkdir "$scratch/data"
  echo from-host >"$scratch/data/file"
  run -0 inside -v "$scratch/data:/data" "$IMG" sh -c 'cat /data/file; echo from-container >/data/made'
  equal "$output" from-host
  equal "$(cat "$scratch/data/made")" from-container
  run -1 inside -v "$scratch/data:/data:ro" "$IMG" sh -c 'echo no >/data/file'
  run -0 inside -v "$scratch/data/file:/etc/one-file:ro" "$IMG" cat /etc/one-file
  equal "$output" from-host
}

@test "a volume that is not absolute inside the container is refused" {
  fails 125 run --rm -v "$scratch:relative" "$IMG" true
}

@test "--tmpfs mounts a memory file system with its options" {
  run -0 inside --tmpfs /scratch:size=1m,mode=700 "$IMG" sh -c 'grep " /scratch " /proc/mounts; stat -c %a /scratch'
  [[ "$output" == *tmpfs*size=1024k* ]]
  [[ "$output" == *700 ]]
}

@test "--read-only leaves only the mounts writable" {
  run -0 inside --read-only --tmpfs /tmp "$IMG" sh -c 'touch /tmp/yes && ! touch /no 2>/dev/null && echo held'
  equal "$output" held
}

@test "what a container writes does not reach the image" {
  inside "$IMG" sh -c 'rm -rf /etc/passwd; echo x >/root/mark'
  run -0 inside "$IMG" sh -c 'ls /etc/passwd; ls /root'
  equal "$output" /etc/passwd
}

@test "capabilities are Docker's default set, and can be added and dropped" {
  run -0 inside "$IMG" sh -c 'grep -E "Cap(Inh|Prm|Eff|Bnd|Amb)" /proc/self/status | tr -d "\t"'
  equal "$output" "$(printf 'CapInh:0000000000000000\nCapPrm:00000000a80425fb\nCapEff:00000000a80425fb\nCapBnd:00000000a80425fb\nCapAmb:0000000000000000')"
  run -0 inside --cap-drop ALL "$IMG" grep CapEff /proc/self/status
  [[ "$output" == *0000000000000000 ]]
  run -0 inside --cap-drop all --cap-add NET_ADMIN "$IMG" grep CapEff /proc/self/status
  [[ "$output" == *0000000000001000 ]]
  run -0 inside --cap-drop CAP_CHOWN "$IMG" grep CapEff /proc/self/status
  [[ "$output" == *a80425fa ]]
}

@test "a capability that does not exist is refused" {
  fails 125 run --rm --cap-add FLY "$IMG" true
  says FLY
}

@test "seccomp filters by default, not with --privileged" {
  run -0 inside "$IMG" grep Seccomp /proc/self/status
  grep -q '^Seccomp:.*2$' <<<"$output"
  local default=${output##*:}
  # The machine may have a filter around all that runs in it: count them.
  run -0 --separate-stderr inside --privileged "$IMG" grep Seccomp_filters /proc/self/status
  [ "${output##*:}" -lt "$default" ]
  run -0 --separate-stderr inside --privileged "$IMG" grep CapEff /proc/self/status
  refute grep a80425fb <<<"$output"
}

@test "kernel secrets are masked and kernel settings read-only" {
  run -0 inside "$IMG" sh -c '
    [ "$(head -c 1 /proc/kcore 2>/dev/null | wc -c)" = 0 ] || echo kcore
    [ -z "$(ls /proc/acpi 2>/dev/null)" ] || echo acpi
    (echo 1 >/proc/sys/kernel/sysrq) 2>/dev/null && echo sysctl
    (echo x >/proc/sysrq-trigger) 2>/dev/null && echo sysrq
    # With cgroups v1 the folder itself is a tmpfs of the container alone.
    for group in /sys/fs/cgroup/memory /sys/fs/cgroup; do [ ! -d $group ] || break; done
    mkdir $group/mine 2>/dev/null && echo cgroup
    mount -t tmpfs none /mnt 2>/dev/null && echo mount
    echo done'
  equal "$output" done
}

@test "only the usual devices are there" {
  run -0 inside "$IMG" ls /dev
  equal "$(grep -vE '^(core|console)$' <<<"$output" | tr '\n' ' ')" "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
}

@test "the container has no descriptors but its three, no signals ignored, no foreign folder" {
  run -0 inside "$IMG" sh -c 'ls /proc/$$/fd; grep -E "SigIgn|SigBlk" /proc/self/status | tr -d "\t"'
  [ "$(grep -cE '^[0-9]+$' <<<"$output")" -le 4 ]
  refute grep -qE '^[4-9]$' <<<"$output"
  no_signal_ignored <<<"$output"
  grep -qx 'SigBlk:0000000000000000' <<<"$output"
  for descriptor in 3 5 7 8 9 11; do
    run wherry run --rm -w "/proc/self/fd/$descriptor" "$IMG" ls /
    refute grep -qx boot <<<"$output"
  done
}

@test "a process ID namespace, a mount namespace and a host name of its own" {
  run -0 inside "$IMG" sh -c 'echo $$; ps | wc -l'
  equal "${lines[0]}" 1
  [ "${lines[1]}" -le 5 ]
}

@test "--network none has loopback only, host has the host's" {
  # busybox's nc, because its wget resolves names with a library that a static program has not.
  local ask="printf 'GET /v2/ HTTP/1.0\r\n\r\n' | nc -w 3 ${REGISTRY%:*} ${REGISTRY#*:} | tail -1"
  run -0 inside --network none "$IMG" ls /sys/class/net
  equal "$output" lo
  run -0 inside --network none "$IMG" sh -c "$ask; echo end"
  [[ "$output" != *"{}"* ]]
  run -0 inside "$IMG" sh -c "$ask; echo end"
  [[ "$output" != *"{}"* ]]
  run -0 inside --network host "$IMG" sh -c "$ask"
  equal "$output" "{}"
}

@test "an unknown network is refused" {
  fails 125 run --rm --network nowhere "$IMG" true
  says nowhere
}

@test "names must be free and well-formed" {
  sleeper taken
  fails 125 run -d --name taken "$IMG" true
  says "taken" "use"
  fails 125 run -d --name 'no/slash' "$IMG" true
  fails 125 run -d --name '-dash' "$IMG" true
  fails 125 run -d --name "$(printf 'n\nl')" "$IMG" true
}

@test "--rm removes a container that ends, whoever ends it" {
  wherry run --rm --name short "$IMG" true
  container_is_gone short
  wherry run -d --rm --name short "$IMG" sleep 0.3
  eventually 10 container_is_gone short
  sleeper stopped --rm
  wherry stop stopped
  eventually 10 container_is_gone stopped
}

@test "a container without a command is refused" {
  push --name no-command --rootfs "$SUITE/root-second"
  fails 125 run --rm "$REGISTRY/no-command:latest"
  says command
}

@test "an image without layers gives an empty root and a clear error" {
  push --name empty --cmd '["/bin/sh"]'
  fails 127 run --rm "$REGISTRY/empty:latest" || fails 125 run --rm "$REGISTRY/empty:latest"
}

@test "an image whose /dev is a link out of it is refused or harmless" {
  local root=$scratch/root
  mkdir -p "$root/bin" "$scratch/canary"
  cp "$SUITE/root-box/bin/busybox" "$root/bin/sh"
  ln -s "../../../../../../../../../..$scratch/canary" "$root/dev"
  mkdir "$root/proc" "$root/sys"
  push --name devlink --rootfs "$root" --cmd '["sh","-c","true"]'
  run wherry run --rm "$REGISTRY/devlink:latest"
  equal "$(ls -A "$scratch/canary")" ""
}

@test "the memory limit is the container's" {
  local id
  if [ "$WHERRY_ENV" = nspawn ] && ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
    fails 125 run -d -m 64m --cpus 0.5 --pids-limit 50 "$IMG" sleep 100
    says memory /sys/fs/cgroup/cgroup.controllers
    return
  fi
  id=$(wherry run -d -m 64m --cpus 0.5 --pids-limit 50 "$IMG" sleep 100)
  if [ "$WHERRY_ENV" = nspawn ]; then
    run -0 systemctl show -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec "wherry-$id.service"
    grep -qx MemoryMax=67108864 <<<"$output"
    grep -qx TasksMax=50 <<<"$output"
    grep -qx CPUQuotaPerSecUSec=500ms <<<"$output"
  else
    local pid cgroup
    pid=$(pid_of "$id")
    cgroup=$(awk -F: '$2 == "memory" { print $3 }' "/proc/$pid/cgroup")
    equal "$(cat "/sys/fs/cgroup/memory$cgroup/memory.limit_in_bytes")" 67108864
    cgroup=$(awk -F: '$2 == "pids" { print $3 }' "/proc/$pid/cgroup")
    equal "$(cat "/sys/fs/cgroup/pids$cgroup/pids.max")" 50
    cgroup=$(awk -F: '$2 == "cpu" || $2 ~ /^cpu,|,cpu$/ { print $3 }' "/proc/$pid/cgroup")
    equal "$(cat "/sys/fs/cgroup/cpu$cgroup/cpu.cfs_quota_us")" 50000
  fi
}

@test "limits that make no sense are refused" {
  fails any run --rm -m -5 "$IMG" true
  fails any run --rm -m lots "$IMG" true
  fails any run --rm --cpus=-1 "$IMG" true
}
