# Restart delays, counts and policies where systemd restarts. In the machine only.
load ../lib/common

unit_of() { echo "wherry-$(wherry inspect -f '{{.Id}}' "$1").service"; }
starts() { wherry logs -t "$1" 2>/dev/null | grep -c ' go$'; }
has_starts() { [ "$(starts "$1")" -ge "$2" ]; }
is_waiting() { [ -e "/run/wherry/containers/$1/waiting" ]; }

@test "pauses between restarts double, nobody of the engine is there meanwhile, and all say restarting" {
  local id unit
  id=$(wherry run -d --name loop --restart always "$IMG" sh -c 'echo go; exit 3')
  unit=wherry-$id.service
  eventually 40 has_starts loop 6
  eventually 5 is_waiting "$id"
  has_state loop restarting
  equal "$(systemctl show -p ActiveState --value "$unit")" activating
  # A shell and sleep, nothing of ours.
  run ps -eo comm,args
  grep -q '^sleep' <<<"$output"
  refute grep -q 'container-launch' <<<"$(pgrep -xa wherry)"
  refute pgrep -x crun
  wherry why loop | grep -E 'is restarting: it ended with exit code 3 .* starts again in [0-9]+ (ms|s)'
  wherry inspect -f '{{.State.NextStartAt}}' loop | grep -q '^20'
  wherry ps -a --filter name=loop --format '{{.Status}}' | grep -E '^Restarting \(3\) .* ago(, again in .*)?$'
  equal "$(exit_code_of loop)" 3
  # Gaps between the starts: each at least as long as the pause that goes before.
  wherry logs -t loop | awk '/ go$/ { print $1 }' | head -6 >"$scratch/times"
  "$PYTHON" - "$scratch/times" <<'P'
import sys, datetime
t = [datetime.datetime.fromisoformat(line.strip()[:26]) for line in open(sys.argv[1])]
gaps = [(b - a).total_seconds() for a, b in zip(t, t[1:])]
print(gaps)
for gap, pause in zip(gaps, [.1, .2, .4, .8, 1.6]):
    assert pause <= gap <= pause + 2.5, (gap, pause)
P
  # Ends the wait at once, whatever signal the container heeds.
  local begun=$SECONDS
  wherry stop loop
  [ $((SECONDS - begun)) -lt 5 ]
  has_state loop exited
  equal "$(exit_code_of loop)" 3
  refute systemctl is-active "$unit"
  wherry start loop
  eventually 5 has_starts loop 7
  wherry rm -f loop
  refute wherry inspect loop
  refute test -e "/sys/fs/cgroup/wherry.slice/$unit"
}

@test "stop, kill, rm --force, start and restart during the wait behave" {
  local name id
  for name in one two three; do
    wherry run -d --name $name --restart always --stop-signal WINCH "$IMG" sh -c 'echo go; exit 1'
  done
  for name in one two three; do eventually 40 has_starts $name 6; done
  # A start of what restarts already is no error and starts nothing.
  eventually 20 is_waiting "$(wherry inspect -f '{{.Id}}' one)"
  wherry start one
  fails 1 kill -s TERM one
  wherry kill one
  has_state one exited
  eventually 20 is_waiting "$(wherry inspect -f '{{.Id}}' two)"
  local begun=$SECONDS
  timeout 20 wherry stop two
  [ $((SECONDS - begun)) -lt 5 ]
  equal "$(wherry inspect -f '{{.State.Status}} {{.State.ExitCode}}' two)" "exited 1"
  wherry rm two
  wherry restart three
  eventually 20 is_waiting "$(wherry inspect -f '{{.Id}}' three)" || true
  wherry rm -f three
  refute wherry inspect three
  sleep 2
  has_state one exited
  no_group() { ! ls /sys/fs/cgroup/wherry.slice 2>/dev/null | grep -q '^wherry-.*\.service$'; }
  eventually 10 no_group
}

@test "on-failure counts over daemon-reload and daemon exit" {
  local id
  id=$(wherry run -d --name counted --restart on-failure:4 "$IMG" sh -c 'echo go; sleep 0.2; exit 9')
  eventually 20 has_starts counted 2
  systemctl daemon-reload
  eventually 20 has_starts counted 4
  systemctl daemon-reload
  daemon_kill
  eventually 30 has_starts counted 5
  eventually 10 has_state counted exited
  sleep 3
  equal "$(starts counted)" 5
  equal "$(wherry inspect -f '{{.RestartCount}} {{.State.ExitCode}}' counted)" "4 9"
  wherry why counted | grep -q 'its limit of 4 restarts is reached'
  # What a boot would go by.
  grep -q '^code=9$' "$STATE/containers/$id/exit"
}

@test "a clean end is the end of on-failure, and a run of ten seconds forgives" {
  wherry run -d --name clean --restart on-failure "$IMG" sh -c 'echo go; exit 0'
  eventually 10 has_state clean exited
  wherry run -d --name flaky --restart always -v "$scratch:/s" "$IMG" \
    sh -c 'echo go; n=$(ls /s | wc -l); touch /s/$n; [ $n = 4 ] && sleep 10.5; exit 1'
  eventually 60 has_starts flaky 6
  local id
  id=$(wherry inspect -f '{{.Id}}' flaky)
  # The first pause again, then the second: no longer the sixth.
  eventually 10 grep -qE '^pause=(100|200|400)$' "/run/wherry/containers/$id/restarts"
  equal "$(starts clean)" 1
}

@test "an update changes the policy of a container that runs" {
  wherry run -d --name changed "$IMG" sh -c 'echo go; sleep 1.5; exit 5'
  wherry update --restart on-failure:2 changed
  eventually 20 has_starts changed 3
  eventually 10 has_state changed exited
  sleep 2
  equal "$(starts changed)" 3
}

@test "rm --force leaves the hook its time and no control group, whatever the stop timeout" {
  local n id
  for n in 0 1; do
    id=$(sleeper "quick$n" --stop-timeout "$n")
    wherry rm -f "quick$n"
    refute test -e "/sys/fs/cgroup/wherry.slice/wherry-$id.service"
    refute test -e "/run/wherry/containers/$id"
    refute journalctl -q -o cat -u "wherry-$id.service" --grep 'stop-post.*timed out'
  done
  id=$(sleeper quick --stop-timeout 1)
  local begun=$SECONDS
  wherry stop quick
  [ $((SECONDS - begun)) -lt 6 ]
}
