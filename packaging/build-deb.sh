#!/bin/bash
# build-deb.sh [--binary PATH] [--output FOLDER] [--debug-symbols]
#
# Makes wherry_VERSION_ARCHITECTURE.deb. Without --binary it builds the release binary first.
# With --debug-symbols a second package holds them. Prints the path of the package as its last line.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
binary= output=$top/.build/deb options=noautodbgsym
while [ $# -gt 0 ]; do
  case $1 in
    --binary) binary=$(realpath "$2"); shift 2 ;;
    --output) output=$2; shift 2 ;;
    --debug-symbols) options=; shift ;;
    *) sed -n '2,5s/^# \?//p' "$0" >&2; exit 2 ;;
  esac
done

for tool in dpkg-buildpackage dh fakeroot; do
  command -v $tool >/dev/null || { echo "build-deb.sh: $tool is missing: apt-get install dpkg-dev debhelper fakeroot" >&2; exit 1; }
done

if [ -z "$binary" ]; then
  (cd "$top" && swift build -c release --static-swift-stdlib --product wherry >&2)
  binary=$(cd "$top" && swift build -c release --static-swift-stdlib --show-bin-path)/wherry
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/wherry"
cp -r "$top/packaging/debian" "$top/systemd" "$work/wherry/"
cp "$binary" "$work/wherry/wherry"
(cd "$work/wherry" && DEB_BUILD_OPTIONS="$options" dpkg-buildpackage -b -us -uc -d) >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
mkdir -p "$output"
rm -f "$output"/wherry*.deb
mv "$work"/*.deb "$output/"
ls "$output"/wherry_*.deb
