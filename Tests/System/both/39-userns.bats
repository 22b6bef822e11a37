# User namespaces: root in the container is nobody on the device.
load ../lib/common

setup_file() {
  # The users of a namespace have to reach the container's root (bare: the suite's own folder).
  chmod o+x "$SUITE"
}

first_of() { wherry inspect -f '{{index .HostConfig.IDMappings.UidMap 0}}' "$1" | cut -d: -f2; }
owner_of() { awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$1")/status"; }
upper_of() { echo "$STATE/containers/$(wherry inspect -f '{{.Id}}' "$1")/upper"; }

@test "root of a container with --userns auto is not root on the device" {
  sleeper box --userns auto
  first=$(first_of box)
  [ "$first" -ge 1000000 ]
  equal "$(owner_of box)" "$first"
  equal "$(wherry exec box id -u)" 0
  equal "$(wherry exec box sh -c 'cat /proc/self/uid_map | tr -s " "')" " 0 $first 65536"
  equal "$(wherry exec box sh -c 'cat /proc/self/gid_map | tr -s " "')" " 0 $first 65536"
  [ "$(wherry exec box readlink /proc/self/ns/user)" != "$(readlink /proc/self/ns/user)" ]
  equal "$(wherry inspect -f '{{.HostConfig.UsernsMode}}' box)" auto
  # The image's files are root's there, and on disk.
  equal "$(wherry exec box stat -c '%u:%g' /bin/busybox /home/app)" "$(printf '0:0\n1000:1000')"
}

@test "what a user namespace's container writes has its own owners on disk" {
  sleeper box --userns auto:size=70000
  equal "$(wherry exec box sh -c 'awk "{ print \$3 }" /proc/self/uid_map')" 70000
  wherry exec box sh -c 'echo >/new; echo more >>/etc/passwd; mkdir /folder; chown 5:6 /folder; rm /etc/not-executable; rm -r /home; mkdir /home; mv /etc/group /etc/renamed; ln /new /link'
  wherry exec -u app box sh -c 'echo >/tmp/apps'
  upper=$(upper_of box)
  equal "$(stat -c '%u:%g' "$upper/new" "$upper/etc/passwd" "$upper/folder" "$upper/tmp/apps" "$upper/home")" \
    "$(printf '0:0\n0:0\n5:6\n1000:1000\n0:0')"
  run -0 wherry diff box
  grep -qx 'D /etc/not-executable' <<<"$output"
  grep -qx 'A /new' <<<"$output"
  # Nothing was chowned in the image.
  equal "$(find "$STATE/layers" -uid +100000 | head -1)" ""
  equal "$(wherry exec box cat /etc/hostname)" "$(wherry inspect -f '{{.Config.Hostname}}' box)"
  wherry exec box sh -c 'echo 127.0.0.2 x >>/etc/hosts; ping -c 1 127.0.0.1 >/dev/null || true; touch /dev/shm/x; echo >/dev/null'
  # What overlay leaves behind is removed with the container.
  remove_all_containers
  [ ! -e "$upper" ]
  refute grep -q '/idmap/' /proc/self/mountinfo
}

@test "two containers have different users, and give them back" {
  sleeper one --userns auto
  sleeper two --userns private
  one=$(first_of one) two=$(first_of two)
  [ $((one > two ? one - two : two - one)) -ge 65536 ]
  equal "$(owner_of two)" "$two"
  wherry rm -f one
  sleeper three --userns auto
  equal "$(first_of three)" "$one"
}

@test "cp, export, commit, exec and health checks keep the owners" {
  wherry run -d --name box --userns auto --health-cmd 'test "$(id -u)" = 0' --health-interval 1s "$IMG" \
    sh -c 'echo x >/tmp/root; chown 5:6 /tmp/root; sleep 1000'
  eventually 10 wherry exec box test -e /tmp/root
  wherry cp box:/tmp/root - | tar tvf - --numeric-owner | grep -q ' 5/6 '
  wherry export box | tar tvf - --numeric-owner | grep ' tmp/root' | grep -q ' 5/6 '
  mkdir -p "$scratch/in/deep"
  echo in >"$scratch/in/deep/file"
  wherry cp "$scratch/in" box:/tmp/in
  equal "$(wherry exec box stat -c '%u:%g' /tmp/in /tmp/in/deep/file)" "$(printf '0:0\n0:0')"
  chown 7:8 "$scratch/in/deep/file"
  wherry cp -a "$scratch/in/deep/file" box:/tmp/kept
  equal "$(wherry exec box stat -c '%u:%g' /tmp/kept)" 7:8
  equal "$(stat -c '%u:%g' "$(upper_of box)/tmp/kept")" 7:8
  healthy() { [ "$(wherry inspect -f '{{.State.Health.Status}}' box)" = healthy ]; }
  eventually 15 healthy
  wherry commit box made
  equal "$(wherry run --rm made stat -c '%u:%g' /tmp/root /tmp/kept)" "$(printf '5:6\n7:8')"
  equal "$(wherry run --rm --userns auto made stat -c '%u:%g' /tmp/root /tmp/kept)" "$(printf '5:6\n7:8')"
  wherry stop -t 1 box
  wherry cp "$scratch/in/deep/file" box:/tmp/stopped
  wherry cp box:/tmp/root - | tar tvf - --numeric-owner | grep -q ' 5/6 '
  equal "$(stat -c '%u:%g' "$(upper_of box)/tmp/stopped")" 0:0
  remove_all_containers
  wherry rmi made
}

@test "a container keeps its users over restarts, of itself and of the daemon" {
  sleeper box --userns auto -w /made/here
  first=$(first_of box)
  wherry exec box sh -c 'echo kept >/kept'
  equal "$(wherry exec box stat -c %u /made/here)" 0
  for _ in 1 2 3; do
    wherry restart -t 1 box
    equal "$(owner_of box)" "$first"
    equal "$(wherry exec box sh -c 'cat /kept; stat -c %u /kept')" "$(printf 'kept\n0')"
  done
  daemon_kill
  daemon_start
  equal "$(owner_of box)" "$first"
  wherry restart -t 1 box
  equal "$(owner_of box)" "$first"
  sleeper other --userns auto
  [ "$(first_of other)" != "$first" ]
  run -0 wherry run --rm --userns auto -u app -v "$scratch:/bound" --tmpfs /scratch "$IMG" sh -c 'id -u; stat -c %u /bound; touch /scratch/x; (echo >/bound/x) 2>/dev/null || echo refused'
  equal "$output" "$(printf '1000\n65534\nrefused')"
}

@test "a user namespace with what it excludes is refused with the remedy" {
  for flag in '--privileged' '--pid host' '--network host' '--ipc host'; do
    fails 125 create --userns auto $flag "$IMG" true
    says 'user namespaces' 'userns host'
  done
  fails 125 create --userns nonsense "$IMG" true
  says nonsense 'auto:size=N'
  fails 125 create --userns auto:size=5 "$IMG" true
  says size
  fails 125 run --rm --userns auto -u 70000 "$IMG" true
  says 70000
  sleeper box --userns auto
  fails any exec -u 70000 box true
  says 70000
  fails 125 create --pid container:box "$IMG" true
  says 'user namespace'
  fails 125 create --userns auto -v "$scratch:/x:idmap" "$IMG" true
  says idmap
  equal "$(wherry run --rm --userns host "$IMG" readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
}

@test "a file system without ID-mapped mounts is named" {
  [ "$WHERRY_ENV" = bare ] || skip "needs a daemon of its own"
  mkdir "$scratch"/{lower,upper,work,state}
  mount -t overlay -o "lowerdir=$scratch/lower,upperdir=$scratch/upper,workdir=$scratch/work" none "$scratch/state"
  wherry daemon --state "$scratch/state" --run "$SUITE/run2" --socket "$SUITE/run2/w.sock" --supervisor conmon \
    </dev/null >"$SUITE/second.log" 2>&1 3>&- 4>&- &
  pid=$!
  other() { WHERRY_HOST=unix://$SUITE/run2/w.sock wherry "$@"; }
  eventually 10 other version >/dev/null
  other import "$SUITE/box.tar" box
  run --separate-stderr other run --rm --userns auto box true
  kill "$pid"
  wait "$pid" || true
  echo "$stderr"
  [ "$status" -ne 0 ]
  says 'takes no ID-mapped mounts' "$scratch/state" 'userns host'
  refute grep -q '/idmap/' /proc/self/mountinfo
}
