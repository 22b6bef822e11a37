#!/bin/bash
# figures.sh: what the installed engine costs this machine: memory and threads of a daemon that answers, and
# an answer with the daemon stopped beside one with it running. Times are ratios: the
# machine is emulated.
set -euo pipefail

runs=${1:-7}
root=$(mktemp -d /var/tmp/wherry-figures.XXXXXX)
trap 'wherry rm -f figure >/dev/null 2>&1 || true; wherry rmi -f figures:local >/dev/null 2>&1 || true; rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,tmp}
cp /bin/busybox "$root/bin/"
ln -s busybox "$root/bin/sleep"
tar -C "$root" -c . | wherry import - figures:local >/dev/null
wherry run -d --name figure figures:local sleep 10000 >/dev/null

field() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$pid/$2"; }
milliseconds() { local begin; begin=$(date +%s%N); "$@" >/dev/null; echo $((($(date +%s%N) - begin) / 1000000)); }
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

for ((i = 0; i < runs; i++)); do
  systemctl stop wherry.service
  milliseconds wherry ps >>"$root/cold"
  milliseconds wherry ps >>"$root/warm"
done
wherry exec figure /bin/busybox true
wherry inspect figure >/dev/null
wherry ps -a >/dev/null
pid=$(systemctl show -p MainPID --value wherry.service)

row() { printf '%-36s %10s\n' "$1" "$2"; }
row "machine" "$(uname -m), $(nproc) CPUs, $(uname -r)"
row "binary, KiB" $(($(stat -c %s /usr/bin/wherry) / 1024))
row "package installed, KiB" "$(dpkg-query -W -f '${Installed-Size}' wherry)"
row "daemon resident, KiB" "$(field Rss smaps_rollup)"
row "daemon private dirty, KiB" "$(field Private_Dirty smaps_rollup)"
row "daemon threads" "$(field Threads status)"
cold=$(median <"$root/cold") warm=$(median <"$root/warm")
row "ps with the daemon stopped, ms" "$cold"
row "ps with the daemon running, ms" "$warm"
row "cold over warm" "$(awk -v a="$cold" -v b="$warm" 'BEGIN { printf "%.2f", a / b }')"
