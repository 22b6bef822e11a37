#!/bin/bash
# build-deb.sh [--arch amd64|arm64] [--binary PATH] [--native PATH] [--output FOLDER] [--debug-symbols] [--source]
#
# Makes wherry_VERSION_ARCHITECTURE.deb. Without --binary it builds the release binary first. For another architecture than
# this machine's, --native names a binary that runs here, which writes the manual pages; without, that is built too.
# With --debug-symbols a second package holds them. With --source it makes the source package instead, from which
# dpkg-buildpackage makes the same. Prints the path of the package as its last line.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
here=$(dpkg --print-architecture)
architecture=$here output=$top/.build/deb options=noautodbgsym source=
while [ $# -gt 0 ]; do
  case $1 in
    --arch) architecture=$2; shift 2 ;;
    --binary) export WHERRY_BINARY=$(realpath "$2"); shift 2 ;;
    --native) export WHERRY_NATIVE_BINARY=$(realpath "$2"); shift 2 ;;
    --output) output=$2; shift 2 ;;
    --debug-symbols) options=; shift ;;
    --source) source=yes; shift ;;
    *) sed -n '2,7s/^# \?//p' "$0" >&2; exit 2 ;;
  esac
done

needs=(dpkg-buildpackage:dpkg-dev dh:debhelper fakeroot:fakeroot)
[ "$architecture" = "$here" ] || needs+=(aarch64-linux-gnu-strip:binutils-aarch64-linux-gnu)
for tool in "${needs[@]}"; do
  command -v "${tool%:*}" >/dev/null || { echo "build-deb.sh: ${tool%:*} is missing: apt-get install ${tool#*:}" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/wherry" "$work/made"

if [ -n "$source" ]; then
  # What git has, or what is there without what was built.
  if git -C "$top" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    (cd "$top" && git ls-files -z --cached --others --exclude-standard | xargs -0 -r ls -d 2>/dev/null |
      tar -c --files-from=- | tar -x -C "$work/wherry")
  else
    tar -c -C "$top" --exclude=./.build --exclude=./debian . | tar -x -C "$work/wherry"
  fi
  cp -r "$work/wherry/packaging/debian" "$work/wherry/debian"
  (cd "$work/wherry" && dpkg-buildpackage -S -us -uc -d) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  mkdir -p "$output"
  rm -f "$output"/wherry*.dsc "$output"/wherry*.tar.*
  mv "$work"/wherry_*.dsc "$work"/wherry_*.tar.* "$output/"
  ls "$output"/wherry_*.dsc
  exit 0
fi

cp -r "$top/packaging/debian" "$top/systemd" "$work/wherry/"
DEB_HOST_ARCH=$architecture "$top/packaging/stage.sh" "$work/wherry/stage"
if readelf -d "$work/wherry/stage/wherry" | grep -q libswiftCore; then options="$options dynamic"; fi

build=(dpkg-buildpackage -b -nc -us -uc -d)
if [ "$architecture" != "$here" ]; then
  # Whose libraries the binary needs is looked up in the root that it was linked with, at the place where they will be.
  export WHERRY_SYSROOT=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}/cross-$architecture/sdks/debian-$architecture.artifactbundle/$architecture/root
  triplet=$(dpkg-architecture -a "$architecture" -q DEB_HOST_MULTIARCH)
  mkdir -p "/usr/lib/$triplet"
  build=(unshare -m --propagation private sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh
    "$WHERRY_SYSROOT/usr/lib/$triplet" "/usr/lib/$triplet" "${build[@]}" -a "$architecture")
fi
(cd "$work/wherry" && DEB_BUILD_OPTIONS="$options" "${build[@]}") >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
mkdir -p "$output"
rm -f "$output"/wherry*.deb
mv "$work"/*.deb "$output/"
ls "$output"/wherry_*.deb
