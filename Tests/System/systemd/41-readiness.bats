# Readiness as systemd sees it. In the machine only.
load ../lib/common

@test "units ordered after a container wait until it is ready, and its main process stays its own" {
  local id unit
  wherry run -d --name base --sdnotify=healthy --health-cmd 'test -e /tmp/up' --health-interval 300ms --health-retries 99 \
    "$IMG" sh -c 'sleep 8; touch /tmp/up; sleep 1000' >"$scratch/out" 2>&1 3>&- &
  local client=$!
  eventually 15 is_starting
  id=$(wherry inspect -f '{{.Id}}' base)
  unit=wherry-$id.service
  equal "$(systemctl show -p ActiveState --value "$unit")" activating
  systemd-run --quiet --unit=follower -p Type=oneshot -p RemainAfterExit=yes -p After="$unit" \
    sh -c "systemctl show -p ActiveState --value $unit >$scratch/seen"
  equal "$(cat "$scratch/seen")" active
  systemctl stop follower
  ended $client 0
  equal "$(systemctl show -p MainPID --value "$unit")" "$(pid_of base)"
  # Nothing of the engine waits any more.
  refute grep -q container-ready <<<"$(pgrep -xa wherry)"
  # Timers go on from here.
  eventually 5 sh -c "systemctl list-timers --no-legend | grep -q wherry-health-$id"
}
is_starting() { wherry ps --format '{{.Names}}' | grep -qx base; }

@test "a restart of systemd's waits anew" {
  local id
  wherry run -d --name again --restart always --sdnotify=healthy --health-cmd 'test -e /tmp/up' --health-interval 300ms \
    --health-retries 99 "$IMG" sh -c 'rm -f /tmp/up; sleep 2; touch /tmp/up; sleep 1000'
  id=$(wherry inspect -f '{{.Id}}' again)
  kill -KILL "$(pid_of again)"
  eventually 10 unit_is "$id" activating
  eventually 15 unit_is "$id" active
}
unit_is() { [ "$(systemctl show -p ActiveState --value "wherry-$1.service")" = "$2" ]; }
