#!/bin/bash
# run.sh [--binary PATH | --deb PATH] [--check] [--runs N] [--all]: Wherry beside Docker and Podman, medians side by side.
#
# Debian's docker.io and podman are installed in a Debian 12 machine of their own, with the package of Wherry, and the
# same commands are timed in it, interleaved. --check: exit 1 where a goal of this project is missed.
# --all: what a large pull costs (pull.py) and what installing adds (installed_size.sh), too.
# Needs root. Takes some four minutes, with --all seven, and as long once more the first time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
. "$top/Tests/System/machine/machine.sh"

binary=$top/.build/release/wherry deb= arguments=() all=
while [ $# -gt 0 ]; do
  case $1 in
    --binary) binary=$2; shift 2 ;;
    --deb) deb=$2; shift 2 ;;
    --check) arguments+=(--check); shift ;;
    --all) all=1; shift ;;
    --runs) arguments+=(--runs "$2"); shift 2 ;;
    *) sed -n '2,7s/^# \?//p' "$0" >&2; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo "run.sh: needs root" >&2; exit 2; }

work=$(mktemp -d)
machine=wherry-peers-$$
finish() {
  machine_delete "$machine"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ -z "$deb" ]; then
  deb=$("$top/packaging/build-deb.sh" --binary "$binary" --output "$work/deb" | tail -1)
fi
"$top/Tests/System/machine/make-root.sh" "$WHERRY_TEST_CACHE/root-peers" docker.io podman
machine_create "$machine" root-peers

# No bridge and no firewall rules: no engine has a network here. Docker chooses overlay2, as Podman does overlay.
root=$(machine_root "$machine")
mkdir -p "$root/etc/docker"
echo '{"bridge": "none", "iptables": false, "ip6tables": false}' >"$root/etc/docker/daemon.json"

machine_boot "$machine" --bind-ro="$top/Tests":/tests --bind-ro="$(dirname "$(realpath "$deb")")":/deb
in_machine "$machine" sh -c 'dpkg -i /deb/wherry_*.deb' >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; exit 2; }
echo "machine                $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r)"
result=0
in_machine "$machine" python3 /tests/Benchmarks/peers/compare.py "${arguments[@]}" </dev/null || result=$?
if [ -n "$all" ]; then
  in_machine "$machine" python3 /tests/Benchmarks/peers/pull.py </dev/null || result=$?
  WHERRY_DEB=$deb "$here/../installed_size.sh" || result=$?
fi
exit $result
