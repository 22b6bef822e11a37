#!/bin/bash
# stage.sh FOLDER: puts what the package is made of into FOLDER: the binary, its manual pages and its completions.
#
# WHERRY_BINARY is packaged; unset, the release binary is built, for the architecture that DEB_HOST_ARCH names. Of another
# architecture than this machine's, WHERRY_NATIVE_BINARY writes the pages; unset, it is built too.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
stage=$1
here=$(dpkg --print-architecture)
for_machine=${DEB_HOST_ARCH:-$here}

build_here() {
  command -v swift >/dev/null || { echo "stage.sh: no swift in PATH: install a toolchain from swift.org" >&2; exit 1; }
  (cd "$top" && swift build -c release --static-swift-stdlib --product wherry >&2 &&
    echo "$(swift build -c release --static-swift-stdlib --show-bin-path)/wherry")
}

binary=${WHERRY_BINARY:-} native=${WHERRY_NATIVE_BINARY:-}
case $for_machine in
  "$here") binary=${binary:-$(build_here)} native=$binary ;;
  arm64) binary=${binary:-$("$top/packaging/cross-build.sh" | tail -1)} native=${native:-$(build_here)} ;;
  *) echo "stage.sh: no way to build for $for_machine on $here: build there" >&2; exit 1 ;;
esac

mkdir -p "$stage/completions" "$stage/examples"
cp "$binary" "$stage/wherry"
cp "$top/Tests/Interop/folders.py" "$stage/examples/"
# What the binary knows best itself.
"$top/packaging/make-manuals.py" "$native" "$stage/man"
"$native" completion bash >"$stage/completions/wherry"
"$native" completion zsh >"$stage/completions/_wherry"
"$native" completion fish >"$stage/completions/wherry.fish"
