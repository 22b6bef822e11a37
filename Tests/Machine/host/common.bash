# What the tests of whole boots share. Each has a machine of its own over the disk on which the package is installed.
bats_require_minimum_version 1.5.0
. "$BATS_TEST_DIRNAME/../vm.sh"

setup() {
  MACHINE=wherry-boots-$$
  vm_create "$MACHINE" "$WHERRY_VM_INSTALLED"
}

teardown() {
  [ -z "$BATS_ERROR_STATUS" ] || [ "$BATS_ERROR_STATUS" = 0 ] || tail -5 "$(vm_folder "$MACHINE")/console.log" >&2
  vm_delete "$MACHINE"
}

# w ARG…: wherry, with the daemon in the machine; g CMD…: any command there.
w() { vm_client "$MACHINE" "$@"; }
g() { in_vm "$MACHINE" "$@"; }

boot() { vm_boot "$MACHINE" >&2; }
off() { vm_poweroff "$MACHINE"; }
equal() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "found:    $1"; return 1; }; }
state_of() { w inspect -f '{{.State.Status}}' "$1"; }
# states NAME…: all in one question.
states() { w inspect -f '{{.State.Status}}' "$@" | tr '\n' ' '; }
sleeps='trap "exit 0" TERM; echo begun; sleep 10000 & wait'

import_image() {
  g sh -c '
    set -e; root=$(mktemp -d); mkdir -p $root/bin $root/dev $root/proc $root/sys $root/tmp
    cp /bin/busybox $root/bin/; for a in sh sleep echo true cat nc; do ln -s busybox $root/bin/$a; done
    tar -C $root -c . | wherry import - box:local; rm -rf $root'
}
