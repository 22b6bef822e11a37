# machine.sh: functions that boot a copy of the pristine Debian root with systemd-nspawn and run commands in it.
# Sourced by the drivers, by bats files and by hand. No machinectl: there may be no systemd outside.
#
#   machine_create NAME [ROOT]  copies a root (root-bookworm) to $WHERRY_TEST_CACHE/machines/NAME
#   machine_boot NAME [ARG…]  boots it and waits until systemd is up; ARGs go to systemd-nspawn
#   in_machine NAME CMD…      runs CMD in it, with its standard input and output
#   machine_poweroff NAME     ends it as a user would
#   machine_cut NAME          ends it as a power cut would
#   machine_delete NAME       removes the copy

WHERRY_TEST_CACHE=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}

machine_root() { echo "$WHERRY_TEST_CACHE/machines/$1/root"; }

machine_create() {
  local folder=$WHERRY_TEST_CACHE/machines/$1
  machine_delete "$1"
  mkdir -p "$folder"
  cp -a --reflink=auto "$WHERRY_TEST_CACHE/${2:-root-bookworm}" "$folder/root"
}

machine_boot() {
  local name=$1
  shift
  local folder=$WHERRY_TEST_CACHE/machines/$name deadline=$((SECONDS + 180)) nspawn leader=
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 setsid \
    systemd-nspawn --quiet --boot --directory="$folder/root" --machine="$name" --register=no --keep-unit \
    --capability=all --system-call-filter="@keyring @privileged bpf" --private-network --link-journal=no \
    --console=pipe --kill-signal=SIGRTMIN+3 "$@" </dev/null >"$folder/console.log" 2>&1 3>&- &
  nspawn=$!
  disown "$nspawn" 2>/dev/null || true
  echo "$nspawn" >"$folder/nspawn.pid"
  while [ $SECONDS -lt $deadline ]; do
    if ! kill -0 "$nspawn" 2>/dev/null; then
      echo "machine $name did not start:" >&2
      tail -20 "$folder/console.log" >&2
      return 1
    fi
    # The first process in the machine is the child of nspawn that is called systemd.
    leader=$(machine_leader_of "$nspawn")
    if [ -n "$leader" ]; then
      echo "$leader" >"$folder/leader.pid"
      case $(in_machine "$name" systemctl is-system-running 2>/dev/null) in
        running | degraded) return 0 ;;
      esac
    fi
    sleep 0.1
  done
  echo "machine $name did not come up in 180 s:" >&2
  tail -20 "$folder/console.log" >&2
  return 1
}

machine_leader_of() {
  local pid
  for pid in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = systemd ]; then echo "$pid"; fi
  done | tail -1
}

in_machine() {
  local leader
  leader=$(cat "$WHERRY_TEST_CACHE/machines/$1/leader.pid")
  shift
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wdns=/ -- \
    /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

machine_is_up() { kill -0 "$(cat "$WHERRY_TEST_CACHE/machines/$1/nspawn.pid" 2>/dev/null)" 2>/dev/null; }

machine_wait_down() {
  local i
  for i in $(seq 300); do
    machine_is_up "$1" || { rm -f "$WHERRY_TEST_CACHE/machines/$1/"{nspawn,leader}.pid; return 0; }
    sleep 0.1
  done
  return 1
}

machine_poweroff() {
  machine_is_up "$1" || return 0
  kill -RTMIN+4 "$(cat "$WHERRY_TEST_CACHE/machines/$1/leader.pid")" 2>/dev/null || true
  machine_wait_down "$1" || machine_cut "$1"
}

machine_cut() {
  machine_is_up "$1" || return 0
  kill -KILL "$(cat "$WHERRY_TEST_CACHE/machines/$1/leader.pid" "$WHERRY_TEST_CACHE/machines/$1/nspawn.pid")" \
    2>/dev/null || true
  kill -KILL "$(cat "$WHERRY_TEST_CACHE/machines/$1/leader.pid")" 2>/dev/null || true
  machine_wait_down "$1"
}

machine_delete() {
  local folder=$WHERRY_TEST_CACHE/machines/$1
  [ -d "$folder" ] || return 0
  machine_cut "$1"
  rm -rf --one-file-system "$folder"
}
