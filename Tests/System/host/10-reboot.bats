# What only shows from outside the machine: reboot, power cut, upgrade, purge. Each test has its own boot.
bats_require_minimum_version 1.5.0

setup() {
  . "$BATS_TEST_DIRNAME/../machine/machine.sh"
  MACHINE=$WHERRY_MACHINE
}

# w ARG…: wherry in the machine.
w() { in_machine "$MACHINE" wherry "$@"; }

boot() {
  machine_boot "$MACHINE" --bind-ro="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)":/tests \
    --bind-ro="$WHERRY_DEB_FOLDER":/deb
}

reboot_machine() {
  machine_poweroff "$MACHINE"
  boot
}

eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $deadline ]; then echo "not within the time: $*"; return 1; fi
    sleep 0.2
  done
}

equal() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "found:    $1"; return 1; }; }
state_of() { w inspect -f '{{.State.Status}}' "$1"; }
has_state() { [ "$(state_of "$1")" = "$2" ]; }

import_image() {
  w image inspect box:local >/dev/null 2>&1 && return 0
  in_machine "$MACHINE" sh -c '
    set -e; root=$(mktemp -d); mkdir -p $root/bin $root/dev $root/proc $root/sys $root/tmp
    cp /bin/busybox $root/bin/; for a in $(/bin/busybox --list); do [ $a = busybox ] || ln -s busybox $root/bin/$a; done
    tar -C $root -c . | wherry import - box:local; rm -rf $root'
}

remove_all() {
  local ids
  ids=$(w ps -aq)
  [ -z "$ids" ] || w rm -f $ids >/dev/null
}

@test "the daemon is not started at boot, its socket is" {
  reboot_machine
  equal "$(in_machine "$MACHINE" systemctl is-active wherry.socket)" active
  equal "$(in_machine "$MACHINE" systemctl show -p MainPID --value wherry.service)" 0
}

@test "an orderly shutdown is noted without wtmp, and a stopped socket notes none" {
  import_image
  ended() { python3 "$BATS_TEST_DIRNAME/../lib/damage.py" ended "$(machine_root "$MACHINE")/var/lib/wherry"; }
  in_machine "$MACHINE" rm -f /var/log/wtmp
  in_machine "$MACHINE" systemctl restart wherry.socket
  w ps >/dev/null
  equal "$(ended)" cut
  machine_poweroff "$MACHINE"
  equal "$(ended)" orderly
  boot
  # A daemon of the next boot takes it up.
  w ps >/dev/null
  equal "$(ended)" cut
}

@test "containers with a restart policy come back after a reboot, others do not" {
  import_image
  w run -d --name comes-back --restart always box:local sleep 10000
  w run -d --name comes-too --restart unless-stopped box:local sleep 10000
  w run -d --name stays-down box:local sleep 10000
  w run -d --name was-stopped --restart unless-stopped box:local sh -c 'trap "exit 0" TERM; sleep 10000 & wait'
  w stop -t 2 was-stopped
  reboot_machine
  eventually 20 has_state comes-back running
  eventually 5 has_state comes-too running
  equal "$(state_of stays-down)" exited
  equal "$(state_of was-stopped)" exited
  equal "$(in_machine "$MACHINE" systemctl show -p Result --value wherry-restore.service)" success
  run -0 w exec comes-back echo reached
  equal "$output" reached
  # Each exactly once.
  equal "$(in_machine "$MACHINE" pgrep -fc '^sleep 10000')" 2
  w start stays-down
  has_state stays-down running
  remove_all
}

@test "after a power cut every acknowledged container is there, and the engine works" {
  import_image
  local i
  for i in 1 2 3 4 5; do w create --name "kept$i" box:local true >/dev/null; done
  w run -d --name running --restart always box:local sleep 10000
  machine_cut "$MACHINE"
  boot
  for i in 1 2 3 4 5; do equal "$(state_of "kept$i")" created; done
  eventually 20 has_state running running
  remove_all
}

@test "logs of a container are there after a reboot" {
  import_image
  w run -d --name spoke box:local echo before-the-reboot
  w wait spoke
  in_machine "$MACHINE" journalctl --sync
  reboot_machine
  equal "$(w logs spoke)" before-the-reboot
  equal "$(state_of spoke)" exited
  remove_all
}

@test "a second installation of the package leaves containers running and takes a new daemon" {
  import_image
  w run -d --name steady box:local sleep 10000
  local pid daemon
  pid=$(w inspect -f '{{.State.Pid}}' steady)
  daemon=$(in_machine "$MACHINE" systemctl show -p MainPID --value wherry.service)
  in_machine "$MACHINE" sh -c 'dpkg -i /deb/wherry_*.deb'
  equal "$(w inspect -f '{{.State.Pid}}' steady)" "$pid"
  in_machine "$MACHINE" kill -0 "$pid"
  [ "$(in_machine "$MACHINE" systemctl show -p MainPID --value wherry.service)" != "$daemon" ]
  remove_all
}

@test "purge stops containers, asks nothing and leaves nothing" {
  import_image
  w run -d --name last --restart always box:local sleep 10000
  w create --name idle box:local true
  run -0 in_machine "$MACHINE" dpkg --purge wherry </dev/null
  echo "$output"
  run in_machine "$MACHINE" sh -c '
    ls -d /var/lib/wherry /run/wherry /etc/wherry /usr/bin/wherry 2>/dev/null
    grep -E " /(var/lib|run)/wherry" /proc/self/mountinfo
    systemctl list-units --all --plain --no-legend "wherry*" | grep -v not-found
    pgrep -f "^sleep 10000"
    find /etc/systemd /lib/systemd /usr/lib/sysusers.d /usr/lib/tmpfiles.d -name "wherry*"'
  equal "$output" ""
}

@test "the package installs again after a purge" {
  in_machine "$MACHINE" sh -c 'dpkg -i /deb/wherry_*.deb'
  import_image
  run -0 w run --rm box:local echo again
  equal "$output" again
}
