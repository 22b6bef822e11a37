#!/bin/bash
# cross-build.sh [--output PATH]
#
# Builds the release binary for arm64 on amd64, with Debian's packages alone. Prints its path as the last line.
#
# The compiler is sid's Swift, unpacked into a folder of its own; so is sid's standard library for arm64. The libraries
# to link with are Debian 13's. Both are fetched once and kept in $WHERRY_TEST_CACHE/cross-arm64, 5 GB,
# as is what was built. Needs root, mmdebstrap and Debian's mirror (WHERRY_TEST_MIRROR). The binary needs glibc 2.38.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}/cross-arm64
. "$top/packaging/arm64-packages.sh"
suite=trixie
output=
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=$2; shift 2 ;;
    *) sed -n '2s/^# \?//p' "$0" >&2; exit 2 ;;
  esac
done
for tool in mmdebstrap unshare apt-get dpkg-deb; do
  command -v $tool >/dev/null || { echo "cross-build.sh: $tool is missing: apt-get install mmdebstrap util-linux" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "cross-build.sh: needs root, for a folder with a Debian of its own" >&2; exit 1; }

compiler_packages=(swiftlang lld git ca-certificates bash dash coreutils sed grep findutils libc-bin binutils libc6-dev)
library_packages=(
  libc6-dev libgcc-14-dev libstdc++-14-dev libcbor-dev libsystemd-dev libnftables-dev
  libarchive-dev zlib1g-dev libzstd-dev libbz2-dev liblzma-dev
)
bundle=$cache/sdks/debian-arm64.artifactbundle
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

# kept NAME STAMP: whether step NAME was done as STAMP says.
kept() { [ "$(cat "$cache/$1.stamp" 2>/dev/null)" = "$2" ]; }

make_compiler() {
  rm -rf --one-file-system "$cache/compiler"
  mmdebstrap --quiet --variant=extract --arch=amd64 --aptopt='Acquire::Check-Valid-Until "false"' \
    --include="$(IFS=,; echo "${compiler_packages[*]}")" sid "$cache/compiler" "$mirror" >&2
  # dash makes this link when it is installed.
  [ -e "$cache/compiler/usr/bin/sh" ] || ln -s dash "$cache/compiler/usr/bin/sh"
}

make_standard_library() {
  local apt=$cache/apt-sid deb
  arm64_apt "$apt" sid update
  arm64_apt "$apt" sid download swiftlang libswiftlang
  rm -rf "$bundle/arm64/swift"
  mkdir -p "$bundle/arm64/swift"
  for deb in "$apt"/archives/*.deb; do
    # The compiler's own libraries, beside the folders, and those of microcontrollers are not needed.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$bundle/arm64/swift" --strip-components=5 \
      --exclude='*/lib/swift/host' --exclude='*/lib/swift*/embedded' --exclude='*/FrameworkABIBaseline' \
      --no-wildcards-match-slash --exclude='./usr/libexec/swift/lib/*.*' ./usr/libexec/swift/lib
  done
  rm -rf "$apt"
}

make_sysroot() {
  local apt=$cache/apt-$suite root=$bundle/arm64/root link
  arm64_apt "$apt" "$suite" update
  arm64_apt "$apt" "$suite" -y --download-only --no-install-recommends install "${library_packages[@]}"
  rm -rf "$root"
  mkdir -p "$root"
  arm64_unpack "$apt" "$root"
  find "$root" -type l -lname '/*' | while read -r link; do ln -sfnr "$root$(readlink "$link")" "$link"; done
  rm -rf "$apt"
}

describe_bundle() {
  # Where the compiler looks for what every program begins with when it links.
  ln -sfn ../../../swift/swift "$bundle/arm64/root/usr/lib/swift"
  ln -sfn ../../../swift/swift_static "$bundle/arm64/root/usr/lib/swift_static"
  cat >"$bundle/info.json" <<'JSON'
{ "schemaVersion": "1.0",
  "artifacts": { "debian-arm64": { "type": "swiftSDK", "version": "1", "variants": [{ "path": "arm64" }] } } }
JSON
  cat >"$bundle/arm64/swift-sdk.json" <<'JSON'
{ "schemaVersion": "4.0",
  "targetTriples": { "aarch64-unknown-linux-gnu": {
    "sdkRootPath": "root", "swiftResourcesPath": "swift/swift", "swiftStaticResourcesPath": "swift/swift_static",
    "toolsetPaths": ["toolset.json"] } } }
JSON
  cat >"$bundle/arm64/toolset.json" <<'JSON'
{ "schemaVersion": "1.0", "rootPath": "/usr/libexec/swift/bin",
  "swiftCompiler": { "extraCLIOptions": ["-use-ld=lld"] } }
JSON
}

step() {
  local name=$1 stamp=$2
  kept "$name" "$stamp" && return
  echo "cross-build.sh: $name" >&2
  rm -f "$cache/$name.stamp"
  "make_$name"
  echo "$stamp" >"$cache/$name.stamp"
}

step compiler "$mirror ${compiler_packages[*]}"
step standard_library "2 $mirror"
step sysroot "2 $mirror $suite ${library_packages[*]}"
describe_bundle

# In the compiler's folder, with the source at its own path, and with what git takes packages from.
binds=("$top" "$cache" /proc /dev /sys)
[ ! -f /etc/resolv.conf ] || binds+=(/etc/resolv.conf)
for file in /etc/gitconfig "$HOME/.gitconfig"; do [ ! -f "$file" ] || binds+=("$file"); done
while read -r folder; do [ ! -d "$folder" ] || binds+=("$folder"); done < <(
  git config --get-regexp '^url\..*\.insteadof$' 2>/dev/null | sed -nE 's/^url\.(\/[^ ]*)\.insteadof .*/\1/p' | sort -u)
echo "cross-build.sh: building" >&2
unshare -m --propagation private bash -c '
  set -e
  compiler=$1 top=$2 cache=$3
  shift 3
  for path; do
    if [ -d "$path" ]; then mkdir -p "$compiler$path"; else mkdir -p "$compiler$(dirname "$path")"; touch "$compiler$path"; fi
    mount --rbind "$path" "$compiler$path"
  done
  exec chroot "$compiler" /usr/bin/env -i HOME="$HOME" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${WHERRY_CI:+WHERRY_CI=$WHERRY_CI} \
    /usr/libexec/swift/bin/swift build --package-path "$top" --scratch-path "$cache/build" --cache-path "$cache/packages" \
    --swift-sdks-path "$cache/sdks" --swift-sdk debian-arm64 -c release --static-swift-stdlib --product wherry
' bash "$cache/compiler" "$top" "$cache" "${binds[@]}" >&2

binary=$cache/build/aarch64-unknown-linux-gnu/release/wherry
if [ -n "$output" ]; then
  cp "$binary" "$output"
  binary=$output
fi
echo "$binary"
