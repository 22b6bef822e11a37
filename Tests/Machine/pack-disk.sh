#!/bin/bash
# pack-disk.sh FOLDER IMAGE [DEB [LIBRARIES]]: makes the ext4 image of a root folder, of 3 GiB, sparse. With DEB that
# package is installed in it; LIBRARIES is the folder of those a debug build needs, and
# WHERRY_INSECURE_REGISTRY a HOST:PORT that it may speak plain HTTP to.
set -euo pipefail

folder=$1 image=$2
if [ $# -gt 2 ]; then
  work=$(mktemp -d "$(dirname "$image")/pack.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  cp -a --reflink=auto "$folder" "$work/root"
  folder=$work/root
  if [ $# -gt 3 ]; then
    mkdir -p "$folder$4"
    cp -a "$4"/*.so "$folder$4/"
  fi
  cp "$3" "$folder/tmp/wherry.deb"
  chroot "$folder" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg -i /tmp/wherry.deb >&2
  rm "$folder/tmp/wherry.deb"
  if [ -n "${WHERRY_INSECURE_REGISTRY:-}" ]; then
    mkdir -p "$folder/etc/wherry"
    printf '{"insecure-registries": ["%s"]}\n' "$WHERRY_INSECURE_REGISTRY" >"$folder/etc/wherry/daemon.json"
  fi
fi
rm -f "$image"
mke2fs -q -t ext4 -d "$folder" "$image" 3G
