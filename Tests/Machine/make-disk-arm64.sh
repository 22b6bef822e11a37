#!/bin/bash
# make-disk-arm64.sh: makes what the arm64 machine boots from, once: $WHERRY_TEST_CACHE/vm/arm64/{kernel,initrd,disk.raw}.
#
# Debian 13 for arm64: the packages are unpacked here, where none of their programs can run, and what their scripts would do
# is done by hand as far as the tests need it. dpkg in the machine takes them as installed, and so installs Wherry's
# package with all that is checked and run then.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../packaging/arm64-packages.sh"
cache=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}
folder=$cache/vm/arm64
packages=(
  systemd systemd-sysv dbus udev kmod netbase procps iproute2 util-linux nftables iputils-ping
  crun conmon netavark aardvark-dns golang-github-containers-common ca-certificates libcbor0.10 libnftables1
  busybox-static docker-registry python3 bats jq zstd psmisc strace
)
for tool in depmod:kmod xz:xz-utils busybox:busybox-static mke2fs:e2fsprogs; do
  command -v "${tool%:*}" >/dev/null || { echo "make-disk-arm64.sh: ${tool%:*} is missing: apt-get install ${tool#*:}" >&2; exit 1; }
done
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
stamp="2 ${packages[*]} $(cat "$here"/guest/agent* "$0" | sha256sum)"
if [ -f "$folder/stamp" ] && [ "$(cat "$folder/stamp")" = "$stamp" ]; then exit 0; fi
rm -f "$folder/stamp"

# The way in for tests, and nothing that only costs time at boot.
settings() {
  local unit wanted=$root/etc/systemd/system/sockets.target.wants
  mkdir -p "$wanted" "$root/etc/modules-load.d" "$root/etc/systemd/journald.conf.d" "$root/payload" "$root/usr/local/sbin"
  install -m 755 "$here/guest/agent" "$root/usr/local/sbin/test-agent"
  install -m 644 "$here/guest/agent.socket" "$root/etc/systemd/system/test-agent.socket"
  install -m 644 "$here/guest/agent@.service" "$root/etc/systemd/system/test-agent@.service"
  ln -sf /etc/systemd/system/test-agent.socket "$wanted/test-agent.socket"
  printf 'overlay\n' >"$root/etc/modules-load.d/tests.conf"
  : >"$root/etc/fstab"
  ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
  for unit in systemd-timesyncd.service systemd-resolved.service serial-getty@ttyS0.service serial-getty@ttyAMA0.service \
    apt-daily.timer apt-daily-upgrade.timer man-db.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer \
    docker-registry.service systemd-networkd.service systemd-networkd.socket console-getty.service getty.target \
    e2scrub_reap.service systemd-logind.service kmod-static-nodes.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount \
    modprobe@configfs.service modprobe@dm_mod.service modprobe@efi_pstore.service modprobe@fuse.service \
    modprobe@loop.service modprobe@drm.service systemd-pstore.service systemd-tpm2-setup.service \
    systemd-tpm2-setup-early.service systemd-pcrphase.service systemd-boot-random-seed.service \
    systemd-sysusers.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
    systemd-update-done.service ldconfig.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nForwardToConsole=no\nSystemMaxUse=512M\n' \
    >"$root/etc/systemd/journald.conf.d/tests.conf"
  echo wherry-machine >"$root/etc/hostname"
  printf '127.0.0.1 localhost wherry-machine\n' >"$root/etc/hosts"
  : >"$root/etc/machine-id"
}

# The initial file system: a shell that loads the drivers of disk and network. The network is there before systemd is.
initial() {
  local driver file initial=$work/initial
  local drivers=(virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk
    failover net_failover virtio_net)
  mkdir -p "$initial"/{bin,dev,proc,sys,root,modules}
  cp "$root/usr/bin/busybox" "$initial/bin/busybox"
  for driver in "${drivers[@]}"; do
    file=$(find "$modules" -name "$driver.ko*" | head -1)
    case $file in
      '') continue ;; # in the kernel itself
      *.xz) xz -dc "$file" >"$initial/modules/$driver.ko" ;;
      *) cp "$file" "$initial/modules/$driver.ko" ;;
    esac
  done
  cat >"$initial/init" <<INIT
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for driver in ${drivers[*]}; do
  [ ! -f /modules/\$driver.ko ] || /bin/busybox insmod /modules/\$driver.ko
done
/bin/busybox ip link set lo up
/bin/busybox ip link set eth0 up
/bin/busybox ip addr add 10.0.2.15/24 dev eth0
/bin/busybox ip route add default via 10.0.2.2
while [ ! -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /sbin/init
INIT
  chmod 755 "$initial/init"
  (cd "$initial" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$folder/initrd"
}

work=$(mktemp -d "$folder/work.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir "$root"
arm64_apt "$work/apt" trixie update
arm64_apt "$work/apt" trixie -y --download-only --no-install-recommends install '?essential' "${packages[@]}"
arm64_unpack "$work/apt" "$root"
arm64_apt "$work/kernel" trixie update
arm64_apt "$work/kernel" trixie -y --download-only --no-install-recommends install linux-image-cloud-arm64
for deb in "$work"/kernel/archives/linux-image-[0-9]*.deb; do dpkg-deb -x "$deb" "$work/kernel"; done

# What the packages' scripts would have made.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
sed 's/:.*/:*:19000:0:99999:7:::/' "$root/etc/passwd" >"$root/etc/shadow"
sed 's/:.*/:*::/' "$root/etc/group" >"$root/etc/gshadow"
chmod 640 "$root/etc/shadow" "$root/etc/gshadow"
systemd-sysusers --root="$root"
[ -e "$root/usr/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
[ -e "$root/usr/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
[ -e "$root/usr/sbin/init" ] || ln -s ../lib/systemd/systemd "$root/usr/sbin/init"
[ -e "$root/var/run" ] || ln -s /run "$root/var/run"
[ -e "$root/etc/nsswitch.conf" ] || cp "$root/usr/share/libc-bin/nsswitch.conf" "$root/etc/"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$root/root" "$root/tmp" "$root/var/tmp" "$root/var/log/journal"
chmod 1777 "$root/tmp" "$root/var/tmp"

version=$(ls "$work/kernel/lib/modules" 2>/dev/null || ls "$work/kernel/usr/lib/modules")
modules=$(find "$work/kernel" -type d -path "*/lib/modules/$version")
mkdir -p "$root/usr/lib/modules"
cp -a "$modules" "$root/usr/lib/modules/"
depmod -b "$root" "$version"

settings
initial
cp "$work"/kernel/boot/vmlinuz-* "$folder/kernel"
rm -f "$folder/disk.raw"
"$here/pack-disk.sh" "$root" "$folder/disk.raw"
echo "$stamp" >"$folder/stamp"
