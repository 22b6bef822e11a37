#!/bin/bash
# make-disk.sh [SUITE]: makes what a virtual machine of Debian 12 (bookworm, the default) or 13 (trixie) boots from, once:
# $WHERRY_TEST_CACHE/vm/SUITE/{kernel,initrd,disk.raw}, and root, the folder that disk.raw was made of.
#
# The disk is the pristine root of the nspawn machine, with udev, and with the kernel of Debian's cloud images, which
# has the controllers of cgroup v2 that nspawn cannot lend.
set -euo pipefail

suite=${1:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
cache=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}
folder=$cache/vm/$suite
mirror=${WHERRY_TEST_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9

WHERRY_TEST_SUITE=$suite "$here/../System/machine/make-root.sh"
stamp="2 $(cat "$cache/root-$suite.stamp") $(cat "$here"/guest/agent* "$here"/guest/late-network* "$here"/guest/relay* "$0" | sha256sum)"
if [ -f "$folder/stamp" ] && [ "$(cat "$folder/stamp")" = "$stamp" ]; then exit 0; fi
rm -rf --one-file-system "$folder/stamp" "$folder/root"

work=$(mktemp -d "$folder/work.XXXXXX")
trap 'umount "$work/root/proc" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
root=$work/root
cp -a --reflink=auto "$cache/root-$suite" "$root"

# The kernel is unpacked, not installed: nothing in here boots through a boot loader.
in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf 'deb %s %s main\n' "$mirror" "$suite" >"$root/etc/apt/sources.list"
in_root apt-get update -qq
in_root apt-get install -y -qq --no-install-recommends udev kmod e2fsprogs
package=$(in_root apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image.*\)/\1/p' | head -1)
in_root sh -c "cd /tmp && apt-get download -qq -o APT::Sandbox::User=root '$package'"
dpkg-deb -x "$root"/tmp/linux-image-*.deb "$work/kernel"
umount "$root/proc"
modules=$(find "$work/kernel" -type d -path '*lib/modules')
version=$(ls "$modules")
mkdir -p "$root/lib/modules"
cp -a "$modules/$version" "$root/lib/modules/"
chroot "$root" depmod "$version"
rm -rf "$root"/tmp/* "$root/var/cache/apt/archives"/*.deb "$root/var/lib/apt/lists"/*

# The way in. The network is there before systemd is, unless a test wants it late.
units=$root/etc/systemd/system
install -m 755 "$here/guest/agent" "$root/usr/local/sbin/test-agent"
install -m 755 "$here/guest/late-network" "$root/usr/local/sbin/test-late-network"
install -m 644 "$here/guest/agent.socket" "$units/test-agent.socket"
install -m 644 "$here/guest/agent@.service" "$units/test-agent@.service"
for kind in socket service; do install -m 644 "$here/guest/relay.$kind" "$units/test-relay.$kind"; done
install -m 644 "$here/guest/late-network.service" "$units/test-late-network.service"
mkdir -p "$units/sockets.target.wants" "$units/multi-user.target.wants"
ln -sf /etc/systemd/system/test-agent.socket /etc/systemd/system/test-relay.socket "$units/sockets.target.wants/"
ln -sf /etc/systemd/system/test-late-network.service "$units/multi-user.target.wants/"
printf 'overlay\n' >"$root/etc/modules-load.d/tests.conf"
: >"$root/etc/fstab"
mkdir -p "$root/payload"
# What only costs time at boot: a virtual processor is slow.
for unit in systemd-timesyncd.service systemd-resolved.service systemd-networkd.service systemd-networkd.socket \
  serial-getty@ttyS0.service kmod-static-nodes.service systemd-binfmt.service dev-hugepages.mount dev-mqueue.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount \
  modprobe@configfs.service modprobe@dm_mod.service modprobe@efi_pstore.service modprobe@fuse.service \
  modprobe@loop.service modprobe@drm.service systemd-pstore.service systemd-tpm2-setup.service \
  systemd-tpm2-setup-early.service systemd-pcrphase.service systemd-boot-random-seed.service; do
  ln -sf /dev/null "$units/$unit"
done

# The initial file system: a shell that loads the drivers of disk and network.
initial=$work/initial
mkdir -p "$initial"/{bin,dev,proc,sys,root,modules}
cp "$(command -v busybox)" "$initial/bin/busybox"
drivers=(virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk
  failover net_failover virtio_net)
for driver in "${drivers[@]}"; do
  find "$modules/$version" -name "$driver.ko*" -exec cp {} "$initial/modules/" \;
done
xz -dq "$initial/modules"/*.xz 2>/dev/null || true
cat >"$initial/init" <<INIT
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
for driver in ${drivers[*]}; do
  [ ! -f /modules/\$driver.ko ] || /bin/busybox insmod /modules/\$driver.ko
done
case " \$(/bin/busybox cat /proc/cmdline) " in
  *" tests.network-after="*) ;;
  *)
    /bin/busybox ip link set lo up
    /bin/busybox ip link set eth0 up
    /bin/busybox ip addr add 10.0.2.15/24 dev eth0
    /bin/busybox ip route add default via 10.0.2.2
    ;;
esac
/bin/busybox umount /proc
while [ ! -b /dev/vda ]; do /bin/busybox sleep 0.05; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /sbin/init
INIT
chmod 755 "$initial/init"
(cd "$initial" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$folder/initrd"
cp "$(find "$work/kernel" -name "vmlinuz-$version")" "$folder/kernel"

"$here/pack-disk.sh" "$root" "$folder/disk.raw"
mv "$root" "$folder/root"
echo "$stamp" >"$folder/stamp"
