# pause, unpause, rename, top, stats.
load ../lib/common

@test "a paused container stands still, says so, and goes on" {
  wherry run -d --name box "$IMG" sh -c 'i=0; while true; do i=$((i+1)); echo $i >/count; sleep 0.1; done'
  eventually 10 wherry exec box test -s /count
  run -0 wherry pause box
  equal "$output" box
  equal "$(wherry inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' box)" "paused true true"
  grep -q '(Paused)' <<<"$(wherry ps)"
  equal "$(wherry ps -q -f status=paused --no-trunc)" "$(wherry inspect -f '{{.Id}}' box)"
  fails 1 pause box
  says 'already paused'
  fails any exec box true
  says 'is paused' 'wherry unpause box'
  fails 1 start box
  says 'is paused'
  run -0 wherry unpause box
  fails 1 unpause box
  says 'not paused'
  local before
  before=$(wherry exec box cat /count)
  went_on() { [ "$(wherry exec box cat /count)" -gt "$before" ]; }
  eventually 10 went_on
}

@test "a paused container can be stopped, killed and removed" {
  sleeper one
  sleeper two
  sleeper three
  wherry pause one two three
  run -0 wherry stop -t 5 one
  run -0 wherry kill two
  run -0 wherry rm -f three
  equal "$(wherry inspect -f '{{.State.Status}}' one)" exited
  equal "$(wherry wait two)" 137
  fails 1 pause one
  says 'not running'
  fails 1 pause nobody
  says 'nobody'
}

@test "rename gives another name at once, and refuses one that is taken" {
  sleeper box
  sleeper other
  run -0 wherry rename box new-name
  equal "$(wherry inspect -f '{{.Name}}' new-name)" /new-name
  fails 1 inspect box
  fails 1 rename new-name other
  says 'already in use'
  fails 1 rename new-name 'not/a/name'
  fails 1 rename new-name new-name
  fails 1 rename nobody somebody
  # The old name is free again, and the new one survives a stop.
  sleeper box
  wherry stop -t 0 new-name
  equal "$(wherry ps -a -f name=new-name --format '{{.Names}}')" new-name
}

@test "top lists the container's processes and no others" {
  wherry run -d --name box "$IMG" sh -c 'sleep 1001 & sleep 1002 & wait'
  eventually 10 sh -c 'wherry top box | grep -q 1002'
  run -0 wherry top box
  equal "$(head -1 <<<"$output" | tr -s ' ')" "UID PID PPID STIME TTY TIME CMD"
  equal "$(grep -c 'sleep 100' <<<"$output")" 3
  equal "$(wc -l <<<"$output")" 4
  # The number is the device's.
  local pid
  pid=$(awk '/sleep 1002$/ { print $2 }' <<<"$(grep -v 'sh -c' <<<"$output")")
  [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 1002 " ]
  wherry stop -t 0 box
  fails 1 top box
  says 'not running'
}

@test "stats says what each container uses" {
  wherry run -d --name idle "$IMG" sleep 1000
  wherry run -d --name busy "$IMG" sh -c 'while true; do true; done'
  run -0 wherry stats --no-stream
  grep -q 'CONTAINER ID *NAME *CPU %' <<<"$output"
  equal "$(wc -l <<<"$output")" 3
  run -0 wherry stats --no-stream --format '{{.Name}} {{.CPUPerc}}' busy idle
  local busy idle
  busy=$(awk '$1 == "busy" { print int($2) }' <<<"$output")
  idle=$(awk '$1 == "idle" { print int($2) }' <<<"$output")
  echo "busy $busy %, idle $idle %"
  [ "$busy" -ge 20 ]
  [ "$idle" -le 5 ]
  # A line of JSON has Docker's keys.
  run -0 wherry stats --no-stream --format json busy
  equal "$(jq -r 'keys | join(" ")' <<<"$output")" "BlockIO CPUPerc Container ID MemPerc MemUsage Name NetIO PIDs"
  fails 1 stats --no-stream nobody
  says nobody
}

@test "stats goes on, a sample a second, until it is stopped" {
  sleeper box
  timeout -s INT 4 wherry stats --format '{{.Name}}' box >"$scratch/out" || true
  [ "$(grep -c '^box$' "$scratch/out")" -ge 3 ]
  [ "$(grep -c '^box$' "$scratch/out")" -le 5 ]
}
