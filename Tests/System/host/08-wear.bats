# What an idle device's card has to bear of the engine: the machine's /var, which holds the engine's state and the
# journal, is on a file system of its own, and the kernel counts what is written to its device.
bats_require_minimum_version 1.5.0

setup() {
  . "$BATS_TEST_DIRNAME/../machine/machine.sh"
  MACHINE=$WHERRY_MACHINE
  losetup --find >/dev/null || skip "no loop device here, on which the kernel would count"
  card=$BATS_TEST_TMPDIR/card
  mkdir "$card"
  machine_poweroff "$MACHINE"
  truncate -s 2G "$card.raw"
  mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 "$card.raw"
  device=$(losetup --find --show "$card.raw")
  mount "$device" "$card"
  cp -a "$(machine_root "$MACHINE")/var/." "$card/"
  machine_boot "$MACHINE" --bind="$card":/var --bind-ro="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)":/tests \
    --bind-ro="$WHERRY_DEB_FOLDER":/deb ${WHERRY_LIBRARY:+--bind-ro="$WHERRY_LIBRARY"}
}

# The tests of the next file boot the machine as it was.
teardown() {
  [ -n "${device:-}" ] || return 0
  machine_poweroff "$MACHINE"
  umount "$card" || true
  losetup --detach "$device"
}

w() { in_machine "$MACHINE" wherry "$@"; }

# Bytes written to the card so far, after all that waits has been.
written() {
  sync --file-system "$card"
  awk '{ print $7 * 512 }' "/sys/block/$(basename "$device")/stat"
}

eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $deadline ]; then echo "not within the time: $*"; return 1; fi
    sleep 0.2
  done
}

probes() { in_machine "$MACHINE" sh -c 'cat /dev/shm/probes/*' | wc -c; }
probed() { [ "$(probes)" -ge "$1" ]; }
all_healthy() { [ "$(w ps -q --filter health=healthy | wc -l)" = 10 ]; }

@test "an idle day of ten healthy containers writes at most 100 kB, and a request that starts the daemon 8 KiB" {
  local i before checks asked begin count=200
  in_machine "$MACHINE" sh -c '
    set -e; root=$(mktemp -d); mkdir -p $root/bin $root/dev $root/proc $root/sys $root/tmp /dev/shm/probes
    cp /bin/busybox $root/bin/; for a in $(/bin/busybox --list); do [ $a = busybox ] || ln -s busybox $root/bin/$a; done
    tar -C $root -c . | wherry import - idle:local; rm -rf $root'
  for i in $(seq 10); do
    w run -d --name "idle$i" --network none -v /dev/shm/probes:/probes --health-interval 1s \
      --health-cmd "printf . >>/probes/$i" idle:local sleep 100000 >/dev/null
  done
  eventually 60 all_healthy
  # What the starts have left to write, and the daemon's end.
  in_machine "$MACHINE" systemctl stop wherry.service
  in_machine "$MACHINE" journalctl --sync
  sleep 2
  # A day has 2,880 checks of each container at the usual interval.
  # Now and then somebody else writes a block; what checks write, they write each time.
  local attempt wanted=$count
  for attempt in 1 2 3; do
    begin=$(probes) before=$(written)
    eventually 120 probed $((begin + wanted))
    checks=$(($(written) - before)) count=$(($(probes) - begin))
    [ $((checks * 28800 / count)) -gt 100000 ] || break
  done
  # And somebody's monitoring, which starts the daemon each time.
  before=$(written)
  for i in $(seq 24); do
    w ps -a >/dev/null
    w events --since 1h --until 0s >/dev/null
    in_machine "$MACHINE" systemctl stop wherry.service
  done
  asked=$(($(written) - before))
  echo "# $count checks wrote $checks bytes, 24 requests $asked" >&3
  in_machine "$MACHINE" journalctl --since -3min -o short-monotonic | tail -30
  [ $((checks * 28800 / count)) -le 100000 ]
  [ "$asked" -le $((24 * 8192)) ]
}
