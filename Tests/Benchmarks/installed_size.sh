#!/bin/bash
# installed_size.sh [--check]: what installing Wherry, docker.io and podman adds to a minbase Debian, in KiB.
#
# The sum of Installed-Size of every package that apt would add: without and with what is recommended, and of the former what
# a Debian that boots lacks, which has systemd and dbus before anybody thinks of containers. Nothing is installed: apt is
# asked, with a state of its own. WHERRY_DEB is the package, or it is made from WHERRY_BINARY (the release build). A package
# for arm64 is looked at on Debian 13, else Debian 12. With --check it fails where Wherry's are above the ceilings below, which
# only ever go down. Needs a mirror (WHERRY_TEST_MIRROR).
set -euo pipefail

# The budget is 40 MB beyond a minbase Debian. systemd, dbus and OpenSSL's library are 25 MB of that, so it is to be held
# against a Debian that boots. It is missed there too: what Wherry needs is 14 MB, but the binary is 48 MB.
ceiling_booting=63488 ceiling_minbase=88576

top=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${WHERRY_TEST_MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

if [ -z "${WHERRY_DEB:-}" ]; then
  WHERRY_DEB=$("$top/packaging/build-deb.sh" --binary "${WHERRY_BINARY:-$top/.build/release/wherry}" --output "$work/deb" | tail -1)
fi
architecture=$(dpkg-deb -f "$WHERRY_DEB" Architecture)
if [ "$architecture" = arm64 ]; then suite=trixie; else suite=bookworm; fi
cp "$WHERRY_DEB" "$work/wherry.deb"

mkdir -p "$work"/{lists/partial,archives/partial,none}
: >"$work/status"
echo "deb [arch=$architecture] $mirror $suite main" >"$work/sources.list"
state=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/none" -o Dir::Etc::PreferencesParts="$work/none"
  -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" -o Dir::Cache::Archives="$work/archives"
  -o Dir::Cache::pkgcache="$work/pkgcache" -o Dir::Cache::srcpkgcache="$work/srcpkgcache" -o APT::Architecture="$architecture"
  -o APT::Architectures="$architecture" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
apt-get -qq "${state[@]}" update

# taken WITH-RECOMMENDED PACKAGE…: the names and versions of all that would be installed, sorted.
taken() {
  local recommended=$1
  shift
  apt-get -s -q "${state[@]}" -o APT::Install-Recommends="$recommended" install '?essential' '?priority(required)' apt "$@" |
    sed -nE 's/^Inst (\S+) \((\S+) .*/\1 \2/p' | sort
}

# sized: adds up what it reads as names and versions; prints KiB and a count.
sized() {
  sed 's/ /=/' | {
    while read -r package; do
      case $package in
        wherry=*) echo "Installed-Size: $(dpkg-deb -f "$WHERRY_DEB" Installed-Size)" ;;
        *) echo "$package" >&3 ;;
      esac
    done 3>"$work/others"
    [ ! -s "$work/others" ] || xargs apt-cache "${state[@]}" show <"$work/others"
  } | awk '$1 == "Installed-Size:" { sum += $2; count += 1 } END { print sum + 0, count + 0 }'
}

taken false >"$work/minbase"
taken false systemd-sysv dbus >"$work/booting"
peers=(docker.io podman)
[ "${1:-}" != --check ] || peers=()
printf 'Debian %s, %s\n%-10s %13s %9s %16s %9s %16s %9s\n' "$suite" "$architecture" package "minbase, KiB" packages \
  "booting, KiB" packages "recommended, KiB" packages
for package in "$work/wherry.deb" "${peers[@]}"; do
  label=$(basename "$package" .deb)
  taken false "$package" >"$work/$label"
  taken true "$package" >"$work/$label.recommended"
  grep -q "^$label " "$work/$label" || { echo "installed_size.sh: apt would not install $label" >&2; exit 1; }
  beyond_minbase=($(comm -13 "$work/minbase" "$work/$label" | sized))
  beyond_booting=($(comm -13 "$work/booting" "$work/$label" | sized))
  recommended=($(comm -13 "$work/minbase" "$work/$label.recommended" | sized))
  printf '%-10s %13d %9d %16d %9d %16d %9d\n' "$label" "${beyond_minbase[@]}" "${beyond_booting[@]}" "${recommended[@]}"
  [ "$label" != wherry ] || found=("${beyond_minbase[0]}" "${beyond_booting[0]}")
done
[ "${1:-}" = --check ] || exit 0
at_most() { # WHAT FOUND CEILING
  [ "$2" -le "$3" ] || { echo "wherry takes $2 KiB beyond $1, more than its ceiling, $3"; exit 1; }
}
at_most "a minbase" "${found[0]}" $ceiling_minbase
at_most "a Debian that boots" "${found[1]}" $ceiling_booting
