# What the kernel enforces of a container's limits, in a machine whose cgroup v2 has every controller.
load ../../System/lib/common

# group NAME: the folder of a container's control group.
group() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of "$1")/cgroup")"; }

# limit NAME FILE: the limit that holds for the container: its own group's or, nearer to the root, its unit's.
limit() {
  local folder
  folder=$(group "$1")
  while [ "$folder" != /sys/fs/cgroup ]; do
    case $folder in */wherry-*.service*) cat "$folder/$2" ;; *) break ;; esac
    folder=$(dirname "$folder")
  done | grep -v "^${3:-max}" | head -1
}

# busy_share NAME SECONDS: of one CPU, in percent, that the container used in that time.
busy_share() {
  local before after begin end
  begin=$(date +%s%N) before=$(awk '$1 == "usage_usec" { print $2 }' "$(group "$1")/cpu.stat")
  sleep "$2"
  end=$(date +%s%N) after=$(awk '$1 == "usage_usec" { print $2 }' "$(group "$1")/cpu.stat")
  echo $(((after - before) * 100000 / (end - begin)))
}

@test "more memory than its limit: the container is killed, and says so by name" {
  for how in attached detached; do
    wherry create --name hog -m 32m --memory-swap 32m "$IMG" sh -c 'tail /dev/zero; exit $?'
    if [ $how = attached ]; then
      run wherry start -a hog
      equal "$status" 137
    else
      wherry start hog
      equal "$(wherry wait hog)" 137
    fi
    run -0 wherry inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' hog
    equal "$output" "true 137"
    [ $how = detached ] || wherry rm hog
  done
  run -0 wherry why hog
  [[ "$output" == *"killed for memory"*"32 MiB"* ]]
  [[ "$(wherry ps -a --format '{{.Status}}')" == "Exited (137)"* ]]
  # The one that stayed within its own goes on.
  wherry run -d --name modest -m 32m "$IMG" sleep 1000
  equal "$(limit modest memory.max)" 33554432
  has_state modest running
}

@test "a fork bomb is contained" {
  # The shell that cannot fork any more ends; what it started goes on.
  wherry run -d --name bomb --pids-limit 20 "$IMG" sh -c 'sh -c "while :; do sleep 1000 & done" 2>/dev/null; exec sleep 1001'
  full() { [ "$(cat "$(group bomb)/pids.current")" -ge 19 ]; }
  eventually 60 full
  equal "$(limit bomb pids.max)" 20
  [ "$(cat "$(group bomb)/pids.current")" -le 20 ]
  timeout 60 wherry rm -f bomb
  gone() { ! pgrep -f '^sleep 100[01]$' >/dev/null; }
  eventually 20 gone
}

@test "a quota of CPU is what the container gets" {
  wherry run -d --name busy --cpus 0.3 "$IMG" sh -c 'while :; do :; done'
  equal "$(limit busy cpu.max)" "30000 100000"
  sleep 2
  local share
  share=$(busy_share busy 10)
  echo "0.3 CPUs asked for, $share % used" >&3
  [ "$share" -ge 15 ] && [ "$share" -le 36 ]
  wherry update --cpus 0.1 busy
  sleep 2
  share=$(busy_share busy 10)
  echo "0.1 CPUs asked for, $share % used" >&3
  [ "$share" -ge 4 ] && [ "$share" -le 14 ]
}

@test "weights, sets of CPUs and reservations arrive" {
  wherry run -d --name box --cpu-shares 512 --cpuset-cpus 1 --memory-reservation 24m -m 64m --memory-swap 96m \
    --blkio-weight 300 "$IMG" sleep 1000
  equal "$(limit box cpu.weight 100)" 20
  equal "$(limit box memory.low 0)" 25165824
  equal "$(limit box memory.swap.max)" 33554432
  # As the OCI runtimes convert it: 10 to 1000 become 1 to 10000.
  equal "$(limit box io.weight 'default 100')" "default 2930"
  run -0 wherry exec box grep Cpus_allowed_list /proc/self/status
  equal "$(cut -f2 <<<"$output")" 1
}

@test "a rate of writing is kept" {
  wherry run -d --name box --device-write-bps /dev/vda:1mb -v "$scratch:/out" "$IMG" sleep 1000
  [[ "$(limit box io.max)" == *wbps=1048576* ]]
  local begin=$SECONDS
  wherry exec box sh -c 'dd if=/dev/zero of=/out/file bs=64k count=128 oflag=direct 2>/dev/null || dd if=/dev/zero of=/out/file bs=64k count=128 conv=fsync'
  echo "8 MiB at 1 MiB/s took $((SECONDS - begin)) s" >&3
  [ $((SECONDS - begin)) -ge 5 ]
}

@test "what is updated holds at once, and after the daemon and the container have started again" {
  sleeper box -m 64m
  wherry update -m 48m --memory-swap 48m --cpus 0.5 --pids-limit 30 --cpu-shares 2048 --cpuset-cpus 0 --blkio-weight 500 box
  check() {
    equal "$(limit box memory.max)" 50331648
    equal "$(limit box memory.swap.max)" 0
    equal "$(limit box cpu.max)" "50000 100000"
    equal "$(limit box pids.max)" 30
    equal "$(limit box io.weight 'default 100')" "default 4950"
    equal "$(limit box cpuset.cpus.effective 0-1)" 0
  }
  check
  daemon_kill
  check
  wherry restart -t 2 box
  check
}

@test "exec is under the container's limits" {
  wherry run -d --name box -m 24m --memory-swap 24m "$IMG" sleep 1000
  run wherry exec box tail /dev/zero
  equal "$status" 137
  has_state box running
}

@test "stats shows the limit and the use" {
  wherry run -d --name box -m 64m "$IMG" sleep 1000
  run -0 wherry stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' box
  [[ "$output" == *" / 64MiB 1" ]]
}
