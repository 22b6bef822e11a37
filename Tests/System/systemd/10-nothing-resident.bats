# A detached container and no engine: what systemd alone keeps running, and what it remembers. In the machine only.
load ../lib/common

unit_of() { echo "wherry-$(wherry inspect -f '{{.Id}}' "$1").service"; }
daemon_is_gone() { [ "$(systemctl show -p MainPID --value wherry.service)" = 0 ]; }
wait_for_idle_exit() { eventually 40 daemon_is_gone; }

@test "15 s after run -d no process of wherry, crun or conmon exists, and the container runs on" {
  local id pid
  id=$(sleeper lonely)
  pid=$(pid_of lonely)
  sleep 16
  run ps -eo pid,comm,args
  echo "$output"
  refute grep -E '^ *[0-9]+ +(wherry|crun|conmon|systemd-cat|runc)' <<<"$output"
  kill -0 "$pid"
  equal "$(systemctl show -p MainPID --value "wherry-$id.service")" "$pid"
  run -0 systemctl is-active "wherry-$id.service"
  # And the engine comes back when it is asked.
  has_state lonely running
  run -0 wherry exec lonely echo reached
  equal "$output" reached
}

@test "the container's output is in the journal with Docker's field names and its priorities" {
  local id
  id=$(wherry run -d --name journaled "$IMG" sh -c 'echo to stdout; echo to stderr >&2')
  wherry wait journaled
  eventually 5 journal_has "$id" 'to stderr'
  journalctl -o json CONTAINER_NAME=journaled >"$scratch/entries"
  jq -es 'map(select(.MESSAGE == "to stdout" and .PRIORITY == "6")) | length == 1' "$scratch/entries"
  jq -es 'map(select(.MESSAGE == "to stderr" and .PRIORITY == "3")) | length == 1' "$scratch/entries"
  jq -es --arg id "$id" 'all(.CONTAINER_ID_FULL == $id or .CONTAINER_ID == $id)' "$scratch/entries"
  jq -es --arg image "$IMG" 'all(.IMAGE_NAME == $image)' "$scratch/entries"
  jq -es 'all(.CONTAINER_TAG != null and .SYSLOG_IDENTIFIER == "journaled")' "$scratch/entries"
  jq -es --arg unit "wherry-$id.service" 'all(._SYSTEMD_UNIT == $unit or .UNIT == $unit)' "$scratch/entries"
}
journal_has() { journalctl -o cat "CONTAINER_NAME=journaled" | grep -q "$2"; }

@test "the unit is in wherry.slice, its main process is the container's, and describes the container" {
  sleeper placed
  local unit
  unit=$(unit_of placed)
  equal "$(systemctl show -p Slice --value "$unit")" wherry.slice
  equal "$(systemctl show -p MainPID --value "$unit")" "$(pid_of placed)"
  equal "$(cat "/proc/$(pid_of placed)/comm")" sh
  equal "$(systemctl show -p Delegate --value "$unit")" yes
  equal "$(systemctl show -p KillMode --value "$unit")" mixed
  systemctl show -p Description --value "$unit" | grep -q placed
}

@test "what ends while the engine sleeps is known when it wakes" {
  wherry run -d --name later "$IMG" sh -c 'sleep 25; exit 42'
  wait_for_idle_exit
  sleep 12
  equal "$(state_of later)" exited
  equal "$(exit_code_of later)" 42
  [ "$(wherry inspect -f '{{.State.FinishedAt}}' later)" != "0001-01-01T00:00:00Z" ]
}

@test "systemd restarts by policy while no engine runs" {
  local id
  id=$(wherry run -d --name revived --restart always "$IMG" sh -c 'echo start; sleep 1000')
  wait_for_idle_exit
  local before
  before=$(systemctl show -p MainPID --value "wherry-$id.service")
  kill -KILL "$before"
  eventually 15 has_other_pid "$id" "$before"
  eventually 5 two_starts
  has_state revived running
  local restarts
  restarts=$(wherry inspect -f '{{.RestartCount}}' revived)
  [ "$restarts" -ge 1 ]
}
has_other_pid() {
  local now
  now=$(systemctl show -p MainPID --value "wherry-$1.service")
  [ "$now" != 0 ] && [ "$now" != "$2" ]
}
two_starts() { [ "$(wherry logs revived | grep -c start)" -eq 2 ]; }

@test "--rm cleans up although nobody waited" {
  local id
  id=$(wherry run -d --rm --name fleeting "$IMG" sleep 20)
  wait_for_idle_exit
  eventually 20 is_cleaned "$id"
}
is_cleaned() { [ ! -e "$STATE/containers/$1" ] && ! grep -q "$1" /proc/self/mountinfo; }

@test "stopping the daemon's service touches no container" {
  sleeper untouched
  local pid
  pid=$(pid_of untouched)
  systemctl stop wherry.service
  kill -0 "$pid"
  systemctl restart wherry.service
  kill -0 "$pid"
  has_state untouched running
}

@test "systemctl stop of a container's unit is an ordinary end" {
  sleeper outside --restart always
  systemctl stop "$(unit_of outside)"
  eventually 10 has_state outside exited
  wherry start outside
  has_state outside running
}

@test "an attached container under systemd leaves no conmon behind" {
  run -3 wherry run --rm "$IMG" sh -c 'exit 3'
  eventually 10 no_conmon
}
no_conmon() { ! pgrep -x conmon >/dev/null; }

@test "killing the daemon while a client is attached does not kill the container" {
  wherry run --name attached "$IMG" sh -c 'echo ready; sleep 1000' >"$scratch/out" 2>&1 3>&- &
  local client=$!
  eventually 10 grep -q ready "$scratch/out"
  daemon_kill
  ended "$client" badly
  has_state attached running
}
