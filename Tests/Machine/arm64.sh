#!/bin/bash
# arm64.sh: the package on an emulated arm64 machine with Debian 13 and systemd: installed, the core of the system tests, what
# it costs there, a reboot, a power cut, and its removal. TAP on standard output. The long run: some 40 minutes on two cores.
#
# WHERRY_DEB is the package, else packaging/build-deb.sh --arch arm64 makes it (WHERRY_NATIVE_BINARY, a binary that runs here,
# spares one build). WHERRY_FILES are test files of Tests/System, WHERRY_FILTER a regular expression of test names.
set -uo pipefail

export WHERRY_VM_SUITE=arm64 WHERRY_VM_BOOT_SECONDS=${WHERRY_VM_BOOT_SECONDS:-600}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/vm.sh"
[ "$(id -u)" = 0 ] || { echo "Bail out! the machine tests need root"; exit 1; }
for tool in qemu-system-aarch64:qemu-system-arm qemu-img:qemu-utils bats:bats; do
  command -v "${tool%:*}" >/dev/null || { echo "Bail out! ${tool%:*} is missing: apt-get install ${tool#*:}"; exit 1; }
done
files=(${WHERRY_FILES:-both/10-basics both/30-run both/40-lifecycle both/60-logs both/70-exec both/80-images systemd/10-nothing-resident systemd/20-activation})

export WHERRY_MACHINE=wherry-arm64-$$
work=$(mktemp -d)
trap 'vm_delete "$WHERRY_MACHINE"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

begin() {
  mkdir -p "$work/payload/deb"
  cp -r "$top/Tests/System" "$top/Tests/Tools" "$here" "$work/payload/"
  if [ -n "${WHERRY_DEB:-}" ]; then cp "$WHERRY_DEB" "$work/payload/deb/"; else
    # WHERRY_BINARY is what other tests run here.
    env -u WHERRY_BINARY "$top/packaging/build-deb.sh" --arch arm64 --output "$work/payload/deb" >&2 || return 1
  fi
  "$here/make-disk-arm64.sh" >&2 && vm_create "$WHERRY_MACHINE" && vm_payload "$WHERRY_MACHINE" "$work/payload" &&
    vm_boot "$WHERRY_MACHINE" >&2 &&
    in_vm "$WHERRY_MACHINE" sh -c 'dpkg -i /payload/deb/wherry_*_arm64.deb' >&2
}

echo "# environment arm64 machine: $(qemu-system-aarch64 --version | head -1)"
begin || { echo "not ok 1 the machine boots and takes the package"; exit 1; }
result=0
if [ -z "${WHERRY_FILTER:-}" ]; then
  in_vm "$WHERRY_MACHINE" /payload/Machine/guest/figures.sh | sed 's/^/# /' || result=1
fi
for folder in both systemd; do
  list=()
  for file in "${files[@]}"; do
    [ "${file%/*}" != "$folder" ] || list+=("$(basename "$file").bats")
  done
  [ ${#list[@]} -gt 0 ] || continue
  in_vm "$WHERRY_MACHINE" env WHERRY_ENV=nspawn BATS_TEST_TIMEOUT="${BATS_TEST_TIMEOUT:-900}" sh -c \
    'cd "/payload/System/$0" && exec bats --tap --print-output-on-failure "$@"' "$folder" \
    ${WHERRY_FILTER:+--filter "$WHERRY_FILTER"} "${list[@]}" || result=1
done
in_vm "$WHERRY_MACHINE" env WHERRY_ENV=nspawn BATS_TEST_TIMEOUT="${BATS_TEST_TIMEOUT:-900}" sh -c \
  'cd /payload/Machine/guest && exec bats --tap --print-output-on-failure "$@"' bats \
  ${WHERRY_FILTER:+--filter "$WHERRY_FILTER"} 10-limits.bats || result=1
bats --tap --print-output-on-failure ${WHERRY_FILTER:+--filter "$WHERRY_FILTER"} "$here/outside" || result=1
if in_vm "$WHERRY_MACHINE" sh -c 'dpkg --purge wherry && [ ! -e /usr/bin/wherry ] && [ ! -e /var/lib/wherry ]' >&2; then
  echo "ok 1 the package is purged"
else
  echo "not ok 1 the package is purged"
  result=1
fi
exit $result
