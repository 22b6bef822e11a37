#!/bin/bash
# long.sh [CUTS]: the long run of the power cuts, 100 of a virtual machine or as many as said: half of them on a disk
# that loses what was not flushed, half on a plain one; before them, three times as many of a file system alone.
# WHERRY_BINARY and WHERRY_DEB as in run.sh; each ends with a summary. What tells of a loss goes to ./power-cuts.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cuts=${1:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deb=${WHERRY_DEB:-$("$top/packaging/build-deb.sh" --binary "${WHERRY_BINARY:-$top/.build/release/wherry}" --output "$work" | tail -1)}
"$here/make-disk.sh" >&2 || exit 1
status=0
python3 "$here/cuts/power_cuts.py" --deb "$deb" --cuts $((cuts * 3)) --native --keep "$PWD/power-cuts" || status=1
python3 "$here/cuts/power_cuts.py" --deb "$deb" --cuts $((cuts - cuts / 2)) --keep "$PWD/power-cuts" || status=1
python3 "$here/cuts/power_cuts.py" --deb "$deb" --cuts $((cuts / 2)) --plain --keep "$PWD/power-cuts" || status=1
exit $status
