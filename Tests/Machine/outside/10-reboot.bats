# A machine with a kernel of its own, rebooted and cut off from power while containers run. WHERRY_MACHINE is one that is up.
bats_require_minimum_version 1.5.0

setup() {
  . "$BATS_TEST_DIRNAME/../vm.sh"
  MACHINE=$WHERRY_MACHINE
}

inside() { in_vm "$MACHINE" sh -c "$1"; }
w() { in_vm "$MACHINE" wherry "$@"; }
equal() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "found:    $1"; return 1; }; }
state_of() { w inspect -f '{{.State.Status}}' "$1"; }
has_state() { [ "$(state_of "$1")" = "$2" ]; }

eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $deadline ]; then echo "not within the time: $*"; return 1; fi
    sleep 1
  done
}

import_image() {
  w image inspect box:local >/dev/null 2>&1 && return 0
  inside '
    set -e; root=$(mktemp -d); mkdir -p $root/bin $root/dev $root/proc $root/sys $root/tmp
    cp /bin/busybox $root/bin/; for a in $(/bin/busybox --list); do [ $a = busybox ] || ln -s busybox $root/bin/$a; done
    tar -C $root -c . | wherry import - box:local; rm -rf $root'
}

remove_all() {
  local ids
  ids=$(w ps -aq)
  [ -z "$ids" ] || w rm -f $ids >/dev/null
}

@test "after a reboot what should run does, once, and the daemon was not started for it to stay" {
  import_image
  w run -d --name comes-back --restart always box:local sleep 10000
  w run -d --name stays-down box:local sleep 10000
  vm_poweroff "$MACHINE"
  vm_boot "$MACHINE"
  eventually 60 has_state comes-back running
  equal "$(state_of stays-down)" exited
  equal "$(inside 'systemctl show -p Result --value wherry-restore.service')" success
  equal "$(w exec comes-back echo reached)" reached
  equal "$(inside 'pgrep -fc "^sleep 10000"')" 1
  inside 'systemd-analyze blame | grep -E "wherry|network" | head -5' >&3
  remove_all
}

@test "after a power cut every acknowledged container is there, and the engine works" {
  import_image
  local i
  for i in 1 2 3; do w create --name "kept$i" box:local true >/dev/null; done
  w run -d --name cut --restart always box:local sleep 10000
  vm_cut "$MACHINE"
  vm_boot "$MACHINE"
  for i in 1 2 3; do equal "$(state_of "kept$i")" created; done
  eventually 60 has_state cut running
  w system check --quick
  equal "$(w run --rm box:local echo works)" works
  remove_all
}
