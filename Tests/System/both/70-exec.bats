# exec.
load ../lib/common

@test "exec prints, fails and ends like the command" {
  sleeper box
  run -0 --separate-stderr wherry exec box sh -c 'echo out; echo err >&2'
  equal "$output" out
  equal "$stderr" err
  run -5 wherry exec box sh -c 'exit 5'
  run -137 wherry exec box sh -c 'kill -KILL $$'
  fails 127 exec box no-such-command
  equal "$(grep -c no-such-command <<<"$stderr")" 1
  fails 126 exec box /etc/not-executable
  fails 127 exec -d box no-such-command
  equal "$(grep -c no-such-command <<<"$stderr")" 1
  fails 126 exec -d box /etc/not-executable
}

@test "exec passes binary standard input and output with -i" {
  sleeper box
  random_file "$scratch/in" 4
  wherry exec -i box cat <"$scratch/in" >"$scratch/out"
  cmp "$scratch/in" "$scratch/out"
}

@test "exec has the container's environment, user and folder, and -e -u -w change them" {
  wherry run -d --name box --entrypoint sleep "$REGISTRY/entry:latest" 1000
  run -0 wherry exec box sh -c 'id -u; id -G; pwd; echo $FROM_IMAGE'
  equal "$output" "$(printf '1000\n1000 2000\n/work\nyes')"
  run -0 wherry exec -u 0:0 -w /etc -e ADDED=1 -e FROM_IMAGE=no box sh -c 'id -u; pwd; echo $ADDED$FROM_IMAGE'
  equal "$output" "$(printf '0\n/etc\n1no')"
}

@test "exec -d returns at once and the process runs on" {
  sleeper box
  wherry exec -d box sh -c 'sleep 1; echo done >/tmp/mark'
  eventually 10 wherry exec box test -e /tmp/mark
}

@test "exec has the container's capabilities, filter and namespaces, and no signal ignored" {
  sleeper box
  run -0 wherry exec box sh -c 'grep -E "CapEff|CapInh|Seccomp:|SigIgn" /proc/self/status | tr -d "\t"'
  grep -qx CapEff:00000000a80425fb <<<"$output"
  grep -qx CapInh:0000000000000000 <<<"$output"
  grep -qx Seccomp:2 <<<"$output"
  no_signal_ignored <<<"$output"
}

@test "exec is in the container's control group, so that stop covers it" {
  sleeper box
  wherry exec -d box sleep 987
  eventually 5 pgrep -f 'sleep 987' >/dev/null
  local inside outside
  inside=$(pid_of box)
  outside=$(pgrep -f '^sleep 987' | head -1)
  equal "$(cat "/proc/$outside/cgroup")" "$(cat "/proc/$inside/cgroup")"
  wherry stop -t 1 box
  eventually 5 no_process 'sleep 987'
}
no_process() { ! pgrep -f "^$1" >/dev/null; }

@test "exec in a container that does not run says so" {
  sleeper box
  wherry stop -t 1 box
  fails any exec box true
  says "not running"
}

@test "exec forwards nothing into a container that ends meanwhile" {
  wherry run -d --name brief "$IMG" sleep 1
  run wherry exec brief sleep 100
  [ "$status" -ne 0 ]
}

@test "twenty execs at once" {
  sleeper box
  local i pids=()
  for i in $(seq 20); do
    wherry exec box sh -c "sleep 0.2; exit $i" 3>&- &
    pids+=($!)
  done
  for i in $(seq 20); do
    ended "${pids[$((i - 1))]}" "$i"
  done
}

@test "users that exec cannot resolve are refused" {
  sleeper box
  for user in nobody-here 4294967296 0x0 1e0 ':0'; do
    fails any exec "--user=$user" box true
  done
}
