# vm.sh: functions that boot Debian in a virtual machine of its own kernel, without KVM. Sourced.
#
#   vm_create NAME [DISK]   a disk over DISK or the pristine one, which stays as it is
#   vm_payload NAME FOLDER  a second disk with FOLDER's files, mounted read-only on /payload
#   vm_boot NAME            boots it and waits until systemd is up
#   in_vm NAME CMD…         runs CMD in it: its output and its exit code
#   vm_client NAME ARG…     a command of $WHERRY_BINARY out here, with the daemon in it: ten times as fast
#   vm_poweroff NAME        ends it as a user would
#   vm_cut NAME             ends it as a power cut would: what the machine did not sync is lost
#   vm_delete NAME
#
# WHERRY_VM_SUITE is bookworm, trixie, or arm64 for a Debian 13 of that architecture; WHERRY_VM_KERNEL_OPTIONS and WHERRY_VM_OPTIONS are passed on.

MACHINE_TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WHERRY_TEST_CACHE=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}

WHERRY_VM_SUITE=${WHERRY_VM_SUITE:-bookworm}

vm_qemu=(qemu-system-x86_64 -M q35 -cpu max) vm_console=ttyS0
[ "$WHERRY_VM_SUITE" != arm64 ] || vm_qemu=(qemu-system-aarch64 -M "virt,gic-version=3" -cpu cortex-a72) vm_console=ttyAMA0

vm_base() { echo "$WHERRY_TEST_CACHE/vm/$WHERRY_VM_SUITE"; }
vm_folder() { echo "$WHERRY_TEST_CACHE/vm/machines/$1"; }

vm_create() {
  local folder
  folder=$(vm_folder "$1")
  vm_delete "$1"
  mkdir -p "$folder"
  qemu-img create -q -f qcow2 -b "${2:-$(vm_base)/disk.raw}" -F raw "$folder/disk.qcow2"
}

vm_payload() {
  local folder
  folder=$(vm_folder "$1")
  rm -f "$folder/payload.raw"
  mke2fs -q -t ext4 -d "$2" "$folder/payload.raw" "$(($(du -sm "$2" | cut -f1) * 5 / 4 + 64))M"
}

# What the kernel does against other users of a processor costs most of all where the processor is a program.
VM_KERNEL_OPTIONS="root=/dev/vda rw console=$vm_console net.ifnames=0 quiet panic=-1 mitigations=off nokaslr audit=0 nowatchdog no_timer_check"

vm_boot() {
  local folder port relay deadline=$((SECONDS + ${WHERRY_VM_BOOT_SECONDS:-600})) payload=()
  folder=$(vm_folder "$1")
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  relay=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  echo "$port" >"$folder/port"
  echo "$relay" >"$folder/relay"
  [ ! -f "$folder/payload.raw" ] ||
    payload=(-drive "file=$folder/payload.raw,format=raw,if=virtio,read-only=on")
  setsid nice -n 5 "${vm_qemu[@]}" -accel tcg,thread=multi -smp 2 -m "${WHERRY_VM_MEMORY:-1024}" \
    -kernel "$(vm_base)/kernel" -initrd "$(vm_base)/initrd" \
    -append "$VM_KERNEL_OPTIONS ${WHERRY_VM_KERNEL_OPTIONS:-}" ${WHERRY_VM_OPTIONS:-} \
    -drive "file=$folder/disk.qcow2,format=qcow2,if=virtio,cache=writeback" "${payload[@]}" \
    -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:7777,hostfwd=tcp:127.0.0.1:$relay-:7778" -device virtio-net-pci,netdev=net \
    -device virtio-rng-pci -display none -no-reboot -serial "file:$folder/console.log" -monitor none \
    </dev/null >"$folder/qemu.log" 2>&1 3>&- 4>&- &
  echo $! >"$folder/pid"
  disown $! 2>/dev/null || true
  while [ $SECONDS -lt $deadline ]; do
    if ! vm_is_up "$1"; then break; fi
    case $(in_vm "$1" systemctl is-system-running 2>/dev/null) in
      running | degraded)
        [ ${#payload[@]} -eq 0 ] || in_vm "$1" sh -c 'mountpoint -q /payload || mount -o ro /dev/vdb /payload'
        return 0
        ;;
    esac
    sleep 0.5
  done
  echo "machine $1 did not come up:" >&2
  tail -n 20 "$folder/qemu.log" "$folder/console.log" >&2
  return 1
}

in_vm() {
  local port
  port=$(cat "$(vm_folder "$1")/port")
  shift
  python3 "$MACHINE_TESTS/in_vm.py" "$port" "$@"
}

vm_client() {
  local daemon status=0
  exec {daemon}<>"/dev/tcp/127.0.0.1/$(cat "$(vm_folder "$1")/relay")"
  "$WHERRY_BINARY" --host "fd://$daemon" "${@:2}" || status=$?
  exec {daemon}>&-
  return $status
}

vm_is_up() { kill -0 "$(cat "$(vm_folder "$1")/pid" 2>/dev/null)" 2>/dev/null; }

vm_wait_down() {
  local i
  for i in $(seq "$(($2 * 10))"); do
    vm_is_up "$1" || return 0
    sleep 0.1
  done
  return 1
}

vm_poweroff() {
  vm_is_up "$1" || return 0
  in_vm "$1" systemctl --no-wall --force poweroff >/dev/null 2>&1 || true
  vm_wait_down "$1" 120 || vm_cut "$1"
}

vm_cut() {
  vm_is_up "$1" || return 0
  kill -KILL "$(cat "$(vm_folder "$1")/pid")"
  vm_wait_down "$1" 10
}

vm_delete() {
  local folder
  folder=$(vm_folder "$1")
  [ -d "$folder" ] || return 0
  vm_cut "$1"
  rm -rf "$folder"
}
