# Socket activation, idle exit, permissions. In the machine only.
load ../lib/common

daemon_is_gone() { [ "$(systemctl show -p MainPID --value wherry.service)" = 0 ]; }

setup_file() {
  # Idle exit is 15 s; a test that waits for it a hundred times makes it shorter.
  mkdir -p /run/systemd/system/wherry.service.d
}

teardown_file() {
  rm -rf /run/systemd/system/wherry.service.d
  systemctl daemon-reload
  systemctl stop wherry.service
}

idle_exit_after() {
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/wherry daemon --idle-exit %s\n' "$1" \
    >/run/systemd/system/wherry.service.d/idle.conf
  systemctl daemon-reload
  systemctl stop wherry.service
}

@test "the first request starts the daemon, and an idle daemon exits cleanly" {
  idle_exit_after 1
  equal "$(systemctl show -p MainPID --value wherry.service)" 0
  wherry version
  [ "$(systemctl show -p MainPID --value wherry.service)" != 0 ]
  eventually 10 daemon_is_gone
  equal "$(systemctl show -p Result --value wherry.service)" success
  equal "$(systemctl is-active wherry.socket)" active
}

@test "a daemon with something to do does not exit" {
  idle_exit_after 1
  wherry run -d --name slow "$IMG" sh -c 'sleep 4; echo end'
  run -0 timeout 20 wherry logs -f slow
  equal "$output" end
}

@test "1,000 connects timed around the idle exit all succeed" {
  idle_exit_after 1
  run -0 "$PYTHON" "$TOOLS/connect_storm.py" /run/wherry/wherry.sock 1000
  echo "# $output" >&3
}

@test "root and the group wherry may connect, others may not" {
  idle_exit_after 15
  useradd --no-create-home --groups wherry friend 2>/dev/null || true
  useradd --no-create-home stranger 2>/dev/null || true
  # HOME is still root's, whose settings neither may read: that is said, and does not stop them.
  run -0 --separate-stderr setpriv --reuid friend --regid friend --init-groups wherry ps -q
  grep -q "^WARNING: the client's settings are not used: .*denied" <<<"$stderr"
  run -1 setpriv --reuid stranger --regid stranger --init-groups wherry ps
  grep -q 'wherry.sock' <<<"$output"
  grep -qi 'permission denied' <<<"$output"
}

@test "state and run folders are closed to others" {
  useradd --no-create-home stranger 2>/dev/null || true
  sleeper somebody
  run setpriv --reuid stranger --regid stranger --init-groups sh -c 'ls /var/lib/wherry/* /run/wherry/*/* /var/lib/wherry'
  refute grep -qE 'record|config.json|tree' <<<"$output"
  equal "$(stat -c %a /run/wherry/wherry.sock)" 660
  equal "$(stat -c %G /run/wherry/wherry.sock)" wherry
}

@test "the daemon listens on nothing but its socket" {
  wherry version
  local pid
  pid=$(systemctl show -p MainPID --value wherry.service)
  refute grep "pid=$pid," <<<"$(ss -lntup)"
  refute grep '@.*wherry' <<<"$(ss -lx)"
}

@test "the daemon logs to the journal with structured fields" {
  wherry version
  journalctl -u wherry.service -o json -n 20 >"$scratch/entries"
  [ -s "$scratch/entries" ]
}

@test "restore is a verb that succeeds when there is nothing to do" {
  run -0 wherry internal restore
}
