#!/bin/bash
# quickstart.sh: from a fresh Debian 12 with a Swift toolchain to a running container, step by step.
#
# Installs Debian packages, builds Wherry and installs it as a Debian package, starts its daemon, makes an image of
# Debian's busybox, pushes it into a registry on loopback, pulls it with Wherry and runs it. Leaves the daemon usable.
# Safe to run twice. `quickstart.sh --stop` ends what it left running where systemd is not PID 1.
#
# Needs root (or sudo), a package mirror, and nothing else from the internet after Swift's packages are fetched.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
work=/var/cache/wherry-quickstart
socket=/run/wherry/wherry.sock
[ "$(id -u)" = 0 ] && sudo=() || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive

step() { printf '\n\033[1m%s\033[0m\n' "== $*"; }
show() { # prints a command and runs it
  printf '$ %s\n' "$*"
  "$@"
}
# As root, whatever the caller is: members of the group wherry will not need it.
w() { "${sudo[@]}" wherry "$@"; }
show_w() {
  printf '$ wherry %s\n' "$*"
  w "$@"
}
fail() {
  echo "quickstart.sh: $*" >&2
  exit 1
}

if [ -d /run/systemd/system ]; then with_systemd=yes; else with_systemd=no; fi

# ---------------------------------------------------------------- --stop

stop_daemon() {
  local pid
  pid=$("${sudo[@]}" cat $work/daemon.pid 2>/dev/null) || return 0
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = wherry ]; then
    "${sudo[@]}" kill "$pid"
    while [ -d "/proc/$pid" ] && ! grep -q 'State:.Z' "/proc/$pid/status"; do sleep 0.1; done
  fi
  "${sudo[@]}" rm -f $work/daemon.pid
}
registry_pid=
stop_registry() {
  [ -z "$registry_pid" ] || "${sudo[@]}" kill "$registry_pid" 2>/dev/null || true
  registry_pid=
}
trap stop_registry EXIT

if [ "${1:-}" = --stop ]; then
  stop_daemon
  echo "The daemon of the quickstart is stopped. Its state stays in /var/lib/wherry-quickstart."
  exit 0
fi

# ---------------------------------------------------------------- packages

step "1. Debian packages"
[ "$(. /etc/os-release && echo "${ID:-}")" = debian ] || echo "This is not Debian: the package names may differ."
command -v swift >/dev/null || fail "no swift in PATH: install a toolchain, see https://www.swift.org/install/linux/"
packages=(pkg-config libcbor-dev libsystemd-dev libarchive-dev zlib1g-dev libzstd-dev libbz2-dev
  liblzma-dev libnftables-dev dpkg-dev debhelper fakeroot python3
  crun runc conmon dbus golang-github-containers-common ca-certificates)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "All there: ${packages[*]}"
fi

# busybox and the registry are unpacked, not installed: no service starts, no package is replaced.
"${sudo[@]}" mkdir -p $work
for package in busybox-static docker-registry; do
  if [ ! -d $work/$package ]; then
    echo "Fetching $package, without installing it"
    (cd /tmp && "${sudo[@]}" apt-get -o APT::Sandbox::User=root -qq download "$package" 2>/dev/null) ||
      { "${sudo[@]}" apt-get update -qq; (cd /tmp && "${sudo[@]}" apt-get -o APT::Sandbox::User=root -qq download "$package"); }
    "${sudo[@]}" dpkg -x /tmp/"$package"_*.deb $work/$package.new
    "${sudo[@]}" rm -f /tmp/"$package"_*.deb
    "${sudo[@]}" mv $work/$package.new $work/$package
  fi
done

# ---------------------------------------------------------------- build and install

step "2. Release build"
echo "The first time this takes some minutes: Swift's packages are fetched and compiled."
begin=$SECONDS
(cd "$top" && swift build -c release --static-swift-stdlib --product wherry) 2>&1 | tail -1
binary=$(cd "$top" && swift build -c release --static-swift-stdlib --show-bin-path)/wherry
[ -x "$binary" ] || fail "the build made no binary"
echo "Built in $((SECONDS - begin)) s."

step "3. Package and installation"
deb=$("$top/packaging/build-deb.sh" --binary "$binary" --output "$top/.build/deb" | tail -1)
ls -sh "$deb"
"${sudo[@]}" cp "$deb" $work/wherry.deb
"${sudo[@]}" apt-get install -y -qq --no-install-recommends --reinstall $work/wherry.deb >/dev/null
dpkg-query -W -f 'Installed: ${Package} ${Version}, ${Installed-Size} kB\n' wherry

# ---------------------------------------------------------------- daemon

step "4. The daemon"
if [ $with_systemd = yes ]; then
  "${sudo[@]}" systemctl start wherry.socket
  echo "systemd listens on $socket and starts the daemon at the first request."
else
  echo "systemd is not PID 1 here: the daemon runs in the background and supervises through conmon."
  stop_daemon
  "${sudo[@]}" install -d -m 711 /var/lib/wherry-quickstart /run/wherry
  "${sudo[@]}" sh -c "setsid wherry daemon --state /var/lib/wherry-quickstart --run /run/wherry --socket $socket \
    --supervisor conmon </dev/null >>$work/daemon.log 2>&1 & echo \$! >$work/daemon.pid"
  for _ in $(seq 100); do w version >/dev/null 2>&1 && break || sleep 0.1; done
fi
show_w version || { [ $with_systemd = yes ] || tail -20 $work/daemon.log; fail "the daemon does not answer"; }

# ---------------------------------------------------------------- image

step "5. An image, made of busybox and pushed into a registry on loopback"
root=$(mktemp -d)
chmod 755 "$root"
mkdir -p "$root"/{bin,dev,etc,proc,sys,root,tmp}
chmod 1777 "$root/tmp"
cp $work/busybox-static/bin/busybox "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
port=5000 # or another, where that is taken
while (exec 7<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
"${sudo[@]}" mkdir -p $work/registry
printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
  $work/registry "$port" | "${sudo[@]}" tee $work/registry.yml >/dev/null
"${sudo[@]}" sh -c "exec $work/docker-registry/usr/bin/docker-registry serve $work/registry.yml </dev/null >$work/registry.log 2>&1" &
registry_pid=$!
for _ in $(seq 100); do (exec 7<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.1; done
image=127.0.0.1:$port/busybox:latest
digest=$(/usr/bin/python3 "$top/Tests/Tools/push_image.py" --registry "127.0.0.1:$port" --name busybox \
  --platform "linux/$(dpkg --print-architecture)" --rootfs "$root" --cmd '["sh"]')
rm -rf "$root"
echo "Pushed $image, $digest"

step "6. Pull it over HTTP"
show_w pull "$image"
show_w images

# ---------------------------------------------------------------- containers

step "7. Run a container in the background"
w rm -f quickstart >/dev/null 2>&1 || true
show_w run -d --name quickstart -m 64m "$image" sh -c \
  'trap "echo stopping; exit 0" TERM; n=0; while [ $n -lt 5 ]; do n=$((n + 1)); echo "tick $n"; sleep 1; done; echo settled; sleep 100000 & wait'
show_w ps

step "8. Follow its logs for five seconds"
printf '$ wherry logs -f quickstart\n'
"${sudo[@]}" timeout 5 wherry logs -f quickstart || [ $? -eq 124 ]

step "9. Run a command in it"
show_w exec quickstart sh -c 'echo "inside $(hostname), as user $(id -u)"; ps'

step "10. Stop and remove it"
show_w stop quickstart
show_w ps -a
show_w rm quickstart

# A name that still works when the registry of this script is gone.
printf '\n'
w inspect "$image" >/dev/null && stop_registry

step "Done"
[ "$(id -u)" = 0 ] && prefix= || prefix='sudo '
cat <<END
The daemon is usable. Try:

  ${prefix}wherry run --rm -i $image sh -c 'wc -c' </etc/passwd
  ${prefix}wherry run -d --name clock --restart always $image sh -c 'while :; do date; sleep 1; done'
  ${prefix}wherry logs -f --tail 5 clock
  ${prefix}wherry exec clock ps
  ${prefix}wherry ps
  ${prefix}wherry rm -f clock

With internet:

  ${prefix}wherry run --rm docker.io/library/alpine echo hello from alpine
END
if [ $with_systemd = yes ]; then
  cat <<END

To use it without sudo: ${prefix}adduser YOU wherry, then log in again. That makes YOU root, in effect.
The daemon exits when nobody has asked it for 15 s: systemctl status wherry.service. Containers run on.
To remove everything: ${prefix}apt-get purge wherry
END
else
  cat <<END

The daemon's log is $work/daemon.log, its state is in /var/lib/wherry-quickstart.
To end it: ${prefix}packaging/quickstart.sh --stop
END
fi
