# create, start, stop, restart, kill, wait, rm.
load ../lib/common

is_gone() { ! wherry inspect "$1" >/dev/null 2>&1; }

@test "create, start, wait, rm" {
  run -0 wherry create --name made "$IMG" sh -c 'echo hello; exit 5'
  [[ "$output" =~ ^[0-9a-f]{64}$ ]]
  equal "$(state_of made)" created
  run -0 wherry start made
  equal "$output" made
  run -0 wherry wait made
  equal "$output" 5
  equal "$(state_of made)" exited
  run -0 wherry logs made
  equal "$output" hello
  run -0 wherry rm made
  equal "$output" made
  is_gone made
}

@test "stop sends SIGTERM and the container's own exit code stays" {
  wherry run -d --name polite "$IMG" sh -c 'trap "exit 9" TERM; sleep 1000 & wait'
  eventually 5 has_state polite running
  sleep 0.3
  local begin=$SECONDS
  run -0 wherry stop polite
  equal "$output" polite
  [ $((SECONDS - begin)) -lt 5 ]
  equal "$(exit_code_of polite)" 9
}

@test "a container that ignores SIGTERM is killed after the timeout" {
  wherry run -d --name stubborn "$IMG" sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done'
  eventually 5 logs_contain stubborn ready
  local begin=$SECONDS
  wherry stop -t 1 stubborn
  [ $((SECONDS - begin)) -lt 8 ]
  equal "$(exit_code_of stubborn)" 137
}

@test "--stop-timeout and --stop-signal of run hold for stop" {
  wherry run -d --name own --stop-timeout 1 --stop-signal USR2 "$IMG" sh -c \
    'trap "echo got USR2" USR2; trap "" TERM; echo ready; while :; do sleep 0.2; done'
  eventually 5 logs_contain own ready
  local begin=$SECONDS
  wherry stop own
  [ $((SECONDS - begin)) -lt 8 ]
  eventually 5 logs_contain own 'got USR2'
}

@test "the image's stop signal is used" {
  wherry run -d --name signalled --entrypoint sh "$REGISTRY/entry:latest" -c \
    'trap "exit 12" USR1; echo ready; while :; do sleep 0.1; done'
  eventually 5 logs_contain signalled ready
  wherry stop signalled
  equal "$(exit_code_of signalled)" 12
}

@test "stopping a stopped container and starting a running one do nothing" {
  sleeper twice
  wherry start twice
  wherry stop -t 1 twice
  wherry stop twice
  equal "$(state_of twice)" exited
}

@test "a stopped container starts again with its files" {
  wherry run -d --name again "$IMG" sh -c 'echo run >>/root/runs; sleep 1000'
  eventually 5 file_has_lines again 1
  wherry stop -t 0 again
  wherry start again
  eventually 5 file_has_lines again 2
}
file_has_lines() { [ "$(wherry exec "$1" cat /root/runs 2>/dev/null | wc -l)" -eq "$2" ]; }

@test "restart gives a new process" {
  sleeper turned
  local before
  before=$(pid_of turned)
  run -0 wherry restart -t 1 turned
  has_state turned running
  [ "$(pid_of turned)" != "$before" ]
}

@test "kill sends the signal asked for, SIGKILL by default" {
  wherry run -d --name target "$IMG" sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
  eventually 5 logs_contain target ready
  wherry kill -s HUP target
  eventually 5 logs_contain target hup
  has_state target running
  wherry kill target
  run -0 wherry wait target
  equal "$output" 137
}

@test "kill refuses an unknown signal and a container that does not run" {
  sleeper target
  fails any kill -s SIGNOTHING target
  wherry stop -t 1 target
  fails any kill target
  says "not running"
}

@test "wait on a running container returns when it ends" {
  wherry run -d --name brief "$IMG" sh -c 'sleep 1; exit 4'
  run -0 wherry wait brief
  equal "$output" 4
}

@test "a container that ends at once has an exit code and logs" {
  local code
  for code in 1 2 3 4 5; do
    wherry run -d --name "flash$code" "$IMG" sh -c "echo flash; exit $code"
    run -0 wherry wait "flash$code"
    equal "$output" "$code"
    run -0 wherry logs "flash$code"
    equal "$output" flash
  done
}

@test "rm refuses a running container, rm -f does not" {
  sleeper alive
  fails 1 rm alive
  says alive
  has_state alive running
  wherry rm -f alive
  is_gone alive
}

@test "rm leaves no mount, no bundle and no folder" {
  local id
  id=$(wherry run -d "$IMG" sleep 100)
  wherry rm -f "$id"
  refute grep -q "$id" /proc/self/mountinfo
  [ ! -e "$STATE/containers/$id" ]
}

@test "several containers in one command, the failure of one does not stop the others" {
  sleeper one
  sleeper two
  run --separate-stderr wherry rm -f one no-such-container two
  [ "$status" -eq 1 ] || [ "$status" -eq 0 ]
  is_gone one
  is_gone two
}

@test "unknown containers are named by every verb" {
  for verb in start stop restart kill rm wait inspect logs; do
    fails 1 $verb no-such-thing
    says no-such-thing
  done
  fails any exec no-such-thing true
  says no-such-thing
}

@test "ID prefixes work when they are unique" {
  local id
  id=$(sleeper prefixed)
  has_state "${id:0:12}" running
  has_state "${id:0:6}" running
  wherry stop -t 1 "${id:0:12}"
  wherry rm "${id:0:12}"
}

@test "a prefix of several IDs is refused as ambiguous" {
  local number id
  declare -A seen
  for number in $(seq 17); do
    id=$(wherry create "$IMG" true)
    if [ -n "${seen[${id:0:1}]:-}" ]; then break; fi
    seen[${id:0:1}]=$id
  done
  fails 1 inspect "${id:0:1}"
}

@test "a name wins over a prefix" {
  local id
  id=$(wherry create "$IMG" true)
  wherry create --name "${id:0:4}" "$IMG" true
  run -0 wherry inspect -f '{{.Name}}' "${id:0:4}"
  equal "${output#/}" "${id:0:4}"
}

@test "on-failure restarts so many times and no more" {
  wherry run -d --name failing --restart on-failure:2 "$IMG" sh -c 'echo try; exit 1'
  eventually 30 three_tries failing
  eventually 10 has_state failing exited
  sleep 1
  three_tries failing
  equal "$(exit_code_of failing)" 1
}
three_tries() { [ "$(wherry logs "$1" 2>/dev/null | grep -c try)" -eq 3 ]; }

@test "on-failure leaves a container alone that ended well" {
  wherry run -d --name fine --restart on-failure "$IMG" sh -c 'echo try; exit 0'
  run -0 wherry wait fine
  sleep 1
  equal "$(wherry logs fine | grep -c try)" 1
  equal "$(state_of fine)" exited
}

@test "always restarts, and stop ends that" {
  wherry run -d --name phoenix --restart always "$IMG" sh -c 'echo try; sleep 0.2; exit 0'
  eventually 20 two_tries phoenix
  wherry stop -t 1 phoenix
  local count
  count=$(wherry logs phoenix | grep -c try)
  sleep 2
  equal "$(wherry logs phoenix | grep -c try)" "$count"
  equal "$(state_of phoenix)" exited
}
two_tries() { [ "$(wherry logs "$1" 2>/dev/null | grep -c try)" -ge 2 ]; }

@test "100 containers run, are listed, and are removed" {
  local i begin=$SECONDS
  for i in $(seq 100); do wherry run -d --name "many$i" "$IMG" sleep 1000 >/dev/null; done
  echo "# 100 containers started in $((SECONDS - begin)) s" >&3
  equal "$(wherry ps -q | wc -l)" 100
  wherry rm -f $(wherry ps -aq) >/dev/null
  equal "$(wherry ps -aq | wc -l)" 0
  refute grep -q "$STATE/containers" /proc/self/mountinfo
}
