#!/bin/bash
# run.sh [PART…]: tests in virtual machines with a kernel of their own, all parts or those named. TAP on standard output.
#
#   limits  what cgroup v2 enforces of a container's limits, in a Debian 12 machine (guest/10-limits.bats)
#   boots   reboot with many containers, and boots that go wrong (host/)
#   cuts    WHERRY_CUTS (5) power cuts of a machine at random moments, and four times as many of a file system alone
#           (cuts/power_cuts.py; hundreds in the long run: long.sh)
#   wear    what a container's writes are counted as (guest/20-wear.bats)
#   trixie  the same package in Debian 13: it installs, and limits and life cycle are kept there
#
# WHERRY_BINARY, WHERRY_DEB and WHERRY_FILTER as in Tests/System/run.sh.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/vm.sh"
[ $# -gt 0 ] || set -- limits wear boots cuts trixie
[ "$(id -u)" = 0 ] || { echo "Bail out! the machine tests need root"; exit 1; }
binary=${WHERRY_BINARY:-$top/.build/release/wherry}
[ -x "$binary" ] || { echo "Bail out! no binary at $binary: swift build -c release --static-swift-stdlib"; exit 1; }

machine=wherry-test-$$
work=$(mktemp -d)
trap 'vm_delete "$machine"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
filter=(${WHERRY_FILTER:+--filter "$WHERRY_FILTER"})
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}
result=0
# A debug build needs the toolchain's libraries.
library=$(ldd "$binary" | awk '/libswiftCore/ { print $3 }')
[ -z "$library" ] || library=$(dirname "$library")

payload() {
  mkdir -p "$work/payload/deb" "$work/deb"
  if [ -z "${WHERRY_DEB:-}" ]; then
    WHERRY_DEB=$("$top/packaging/build-deb.sh" --binary "$binary" --output "$work/deb" | tail -1) || return 1
  fi
  cp -r "$top/Tests/System" "$top/Tests/Tools" "$here" "$work/payload/" && cp "$WHERRY_DEB" "$work/payload/deb/"
  [ -z "$library" ] || cp -r "$library" "$work/payload/swift"
}

# guest_up SUITE: boots a machine of SUITE and installs the package there.
guest_up() {
  WHERRY_VM_SUITE=$1
  "$here/make-disk.sh" "$1" >&2 && vm_create "$machine" && vm_payload "$machine" "$work/payload" &&
    vm_boot "$machine" >&2 || return 1
  if [ -n "$library" ]; then
    in_vm "$machine" mkdir -p "$library" >&2
    in_vm "$machine" mount --bind /payload/swift "$library" >&2
  fi
  in_vm "$machine" sh -c 'dpkg -i /payload/deb/wherry_*.deb' >&2
}

# guest_bats FOLDER ARG…: bats in that folder of the payload.
guest_bats() {
  in_vm "$machine" env WHERRY_ENV=nspawn BATS_TEST_TIMEOUT="$BATS_TEST_TIMEOUT" sh -c \
    'cd "$1" && shift && exec bats --tap --print-output-on-failure "$@"' bats "/payload/$1" "${@:2}"
}

limits() {
  guest_up bookworm && guest_bats Machine/guest "${filter[@]}" 10-limits.bats
}

wear() {
  vm_delete "$machine"
  guest_up bookworm && guest_bats Machine/guest "${filter[@]}" 20-wear.bats
}

# One that never waits long, of each verb.
core='create, start, wait, rm|stop sends SIGTERM|ignores SIGTERM|starts again with its files|restart gives|kill sends'
core="$core|rm leaves no mount|on-failure restarts so many|always restarts"

trixie() {
  vm_delete "$machine"
  guest_up trixie && guest_bats Machine/guest "${filter[@]}" 10-limits.bats &&
    guest_bats System/both --filter "${WHERRY_FILTER:-$core}" 40-lifecycle.bats
}

# one NAME CMD…: a program that is one test.
one() {
  local name=$1
  shift
  echo 1..1
  if "$@"; then echo "ok 1 $name"; else echo "not ok 1 $name"; return 1; fi
}

cuts() {
  "$here/make-disk.sh" >&2 || return 1
  one "the model of the power cuts" python3 "$here/cuts/test_cuts.py" 2>&1 | sed 's/^\(\.\|-\|Ran\|OK\)/# \1/' || return 1
  one "what was acknowledged survives $((${WHERRY_CUTS:-5} * 4)) cuts of a file system" python3 "$here/cuts/power_cuts.py" \
    --native --deb "$WHERRY_DEB" --cuts $((${WHERRY_CUTS:-5} * 4)) || return 1
  one "what was acknowledged survives ${WHERRY_CUTS:-5} power cuts" python3 "$here/cuts/power_cuts.py" \
    --deb "$WHERRY_DEB" ${library:+--libraries "$library"} --cuts "${WHERRY_CUTS:-5}"
}

boots() {
  WHERRY_VM_SUITE=bookworm
  "$here/make-disk.sh" >&2 &&
    "$here/pack-disk.sh" "$(vm_base)/root" "$work/installed.raw" "$WHERRY_DEB" ${library:+"$library"} || return 1
  (cd "$here/host" && WHERRY_VM_INSTALLED=$work/installed.raw WHERRY_BINARY=$(realpath "$binary") bats --tap --print-output-on-failure "${filter[@]}" .)
}

echo "# environment machine: $(qemu-system-x86_64 --version | head -1)"
payload || { echo "not ok 1 the package is made"; exit 1; }
for part; do
  begin=$SECONDS
  case $part in
    limits | wear | boots | cuts | trixie) $part || result=1 ;;
    *) echo "Bail out! no part $part"; exit 2 ;;
  esac
  vm_delete "$machine"
  echo "# part $part: $((SECONDS - begin)) s"
done
exit $result
