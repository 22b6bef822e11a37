# What removing the package leaves and what purging it takes, compared with the machine before it was installed.
bats_require_minimum_version 1.5.0

setup() {
  . "$BATS_TEST_DIRNAME/../machine/machine.sh"
  MACHINE=$WHERRY_MACHINE
}

w() { in_machine "$MACHINE" wherry "$@"; }
inside() { in_machine "$MACHINE" sh -c "$1"; }
equal() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "found:    $1"; return 1; }; }

# Every file of the machine but what runs, what is logged and dpkg's own accounts; with owner, mode and content.
files() {
  inside '
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log \
      -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /root -o -path /tests -o -path /deb \
      -o -path /opt \) -prune -o \( -type f -o -type d -o -type l \) ! -path "/etc/group*" ! -path "/etc/gshadow*" \
      -printf "%p %y %m %U:%G %l\n" | sort
    find /etc /var/lib -xdev -path /var/lib/dpkg -prune -o -path /var/lib/systemd -prune -o -type f \
      ! -path "/etc/group*" ! -path "/etc/gshadow*" -exec sha256sum {} + | sort -k 2'
}

state() { inside 'cd /var/lib/wherry && find . -xdev -type f -printf "%p %m %U:%G %s\n" | sort'; }

@test "remove leaves images, containers, volumes and settings as they are, and says so" {
  inside 'dpkg --purge wherry >/dev/null 2>&1; rm -rf /etc/wherry'
  files >"$BATS_FILE_TMPDIR/before"
  inside 'dpkg -i /deb/wherry_*.deb'
  inside '
    set -e; root=$(mktemp -d); mkdir -p $root/bin $root/dev $root/proc $root/sys $root/tmp
    cp /bin/busybox $root/bin/; for a in $(/bin/busybox --list); do [ $a = busybox ] || ln -s busybox $root/bin/$a; done
    tar -C $root -c . | wherry import - box:local; rm -rf $root'
  inside 'printf "{\"idle-exit\": 1}" >/etc/wherry/daemon.json'
  w run --rm -v kept:/data box:local sh -c 'echo precious >/data/file'
  w run -d --name runs --network host --restart always box:local sleep 10000
  w create --name idle box:local true
  inside 'systemctl stop wherry.service'
  run -0 inside 'dpkg --remove wherry 2>&1'
  echo "$output"
  grep -q '/var/lib/wherry' <<<"$output"
  grep -q '/etc/wherry' <<<"$output"
  equal "$(inside 'cat /etc/wherry/daemon.json')" '{"idle-exit": 1}'
  # Nothing runs and nothing can be started.
  run inside 'pgrep -f "^sleep 10000"; ls /usr/bin/wherry /lib/systemd/system/wherry* /usr/share/man/man1/wherry* 2>/dev/null
    systemctl list-units --plain --no-legend "wherry*"'
  equal "$output" ""
  state >"$BATS_FILE_TMPDIR/removed"
  grep -q 'kept' "$BATS_FILE_TMPDIR/removed"
}

@test "installed again, the package finds what it had" {
  inside 'dpkg -i /deb/wherry_*.deb'
  equal "$(w run --rm -v kept:/data box:local cat /data/file)" precious
  equal "$(w inspect -f '{{.State.Status}}' idle)" created
  equal "$(w ps -a --format '{{.Names}}' | sort | tr '\n' ' ')" "idle runs "
}

@test "purge takes what the package made, keeps what the administrator made, and touches nothing else" {
  run -0 inside 'dpkg --purge wherry 2>&1 </dev/null'
  echo "$output"
  grep -q '/etc/wherry has files of yours' <<<"$output"
  equal "$(inside 'cat /etc/wherry/daemon.json')" '{"idle-exit": 1}'
  inside 'rm -r /etc/wherry'
  files >"$BATS_FILE_TMPDIR/after"
  diff "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after"
  run inside 'ls -d /var/lib/wherry /run/wherry 2>/dev/null; grep -E " /(var/lib|run)/wherry" /proc/self/mountinfo
    ls -d /sys/class/net/wherry0 /sys/class/net/wh-* 2>/dev/null; nft list tables 2>/dev/null | grep wherry'
  equal "$output" ""
}

@test "a purge after a remove takes the rest" {
  inside 'dpkg -i /deb/wherry_*.deb && wherry volume create left && dpkg --remove wherry'
  inside 'test -d /var/lib/wherry'
  inside 'dpkg --purge wherry'
  files >"$BATS_FILE_TMPDIR/after"
  diff "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after"
  inside 'dpkg -i /deb/wherry_*.deb'
}
