#!/bin/bash
# make-root.sh [FOLDER [PACKAGE…]]: makes the Debian root that the nspawn machine boots from, once: of Debian 12, or of
# $WHERRY_TEST_SUITE. PACKAGEs are installed besides those that the system tests need.
#
# The folder stays pristine: boot.sh boots overlays of it. A stamp names the package list, so that a
# changed list makes a new root.
set -euo pipefail

suite=${WHERRY_TEST_SUITE:-bookworm}
root=${1:-${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}/root-$suite}
case $suite in
  bookworm) libraries=(libcbor0.8 libarchive13) ;;
  *) libraries=(libcbor0.10 libarchive13t64) ;;
esac
packages=(
  systemd systemd-sysv dbus libpam-systemd crun conmon busybox-static iproute2 procps util-linux
  docker-registry python3 golang-github-containers-common "${libraries[@]}" libsystemd0
  libnftables1 nftables aardvark-dns iputils-ping zstd gzip tar ca-certificates jq bats strace psmisc buildah "${@:2}"
)
stamp="2 ${packages[*]}"

mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
if [ -f "$root.stamp" ] && [ "$(cat "$root.stamp")" = "$stamp" ]; then exit 0; fi
rm -rf "$root" "$root.stamp" "$root.new"

include=$(IFS=,; echo "${packages[*]}")
if command -v mmdebstrap >/dev/null; then
  mmdebstrap --quiet --variant=minbase --include="$include" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$suite" "$root.new" "${WHERRY_TEST_MIRROR:-http://deb.debian.org/debian}"
else
  debootstrap --variant=minbase --include="$include" "$suite" "$root.new" \
    "${WHERRY_TEST_MIRROR:-http://deb.debian.org/debian}"
fi

# What only costs time at boot, and what would fight with the tests for port 5000.
for unit in apt-daily.timer apt-daily-upgrade.timer man-db.timer e2scrub_all.timer fstrim.timer \
  dpkg-db-backup.timer docker-registry.service systemd-networkd-wait-online.service \
  console-getty.service getty.target e2scrub_reap.service systemd-logind.service; do
  ln -sf /dev/null "$root.new/etc/systemd/system/$unit"
done
# A journal without rate limits: a test writes 1 MB/s.
mkdir -p "$root.new/etc/systemd/journald.conf.d" "$root.new/var/log/journal"
printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nForwardToConsole=no\nSystemMaxUse=512M\n' \
  >"$root.new/etc/systemd/journald.conf.d/tests.conf"
echo wherry-machine >"$root.new/etc/hostname"
printf '127.0.0.1 localhost wherry-machine\n' >"$root.new/etc/hosts"
: >"$root.new/etc/machine-id"
mv "$root.new" "$root"
echo "$stamp" >"$root.stamp"
