# What the engine costs a device while it works and while nobody asks. The ceilings only ever go down. In the machine.
load ../lib/common

# A debug build is dynamic and not optimised: its figures would say nothing.
need_release() {
  if ldd "$(command -v wherry)" | grep -q libswiftCore; then skip "not a static release build"; fi
}

engine_processes() { ps -eo pid=,comm=,args= | grep -E '^ *[0-9]+ +(wherry|crun|conmon|runc|systemd-cat) '; }
no_engine_process() { ! engine_processes; }
field() { awk -v name="$1:" '$1 == name { sum += $2 } END { print sum + 0 }' "/proc/$2/$3"; }

at_most() { # WHAT FOUND CEILING
  echo "$1: $2, at most $3"
  [ "$2" -le "$3" ]
}

# The daemon's figures while it answers, after requests of each kind.
weigh_daemon() {
  local pid
  pid=$(daemon_pid)
  rss=$(field Rss "$pid" smaps_rollup)
  shared=$(field Pss "$pid" smaps_rollup)
  private=$(field Private_Dirty "$pid" smaps_rollup)
  threads=$(field Threads "$pid" status)
}

@test "a daemon that answers stays below its ceilings of memory and threads" {
  need_release
  daemon_kill
  local i rss shared private threads
  for i in 1 2 3; do sleeper "small$i"; done
  wherry exec small1 true
  wherry inspect small1 small2 >/dev/null
  wherry run --rm "$IMG" true
  for i in 1 2 3 4 5; do wherry ps -a >/dev/null; done
  weigh_daemon
  echo "# daemon: $rss KiB resident, $shared its share, $private private and dirty, $threads threads" >&3
  # Above the budgets (18 MiB, 4 MiB). Most of what is resident is code: the kernel maps 64 KiB or more around each
  # page that is used. packaging/link-order.txt lays together what is used, as far as the linker can take functions
  # apart.
  at_most "resident KiB" "$rss" 30720
  at_most "private dirty KiB" "$private" 5120
  at_most "threads" "$threads" 10
}

@test "50 containers cost no process of the engine, 20 s after the last request" {
  local i
  for i in $(seq 50); do sleeper "fifty$i" >/dev/null; done
  equal "$(wherry ps -q | wc -l)" 50
  sleep 20
  no_engine_process
  # And all of them run.
  equal "$(systemctl list-units --state=running --plain --no-legend 'wherry-*.service' | grep -c 'Container fifty')" 50
  equal "$(wherry ps -q | wc -l)" 50
}

@test "a request that starts the daemon takes little longer than twice one that finds it running" {
  need_release
  local i cold warm ratio
  for i in 1 2 3; do sleeper "cold$i" >/dev/null; done
  read -r cold warm ratio < <("$PYTHON" "$TOOLS/activation.py" 15 wherry ps)
  echo "# ps: $cold ms where it starts the daemon, $warm ms where it finds it: $ratio times as long" >&3
  # The budget is 2.00: reached where nothing else runs, narrowly missed where others keep the processors.
  awk -v ratio="$ratio" 'BEGIN { exit !(ratio > 0 && ratio <= 3.00) }'
}

# largest_worker COMMAND…: the largest VmHWM, in KiB, that a fetch worker of the daemon reached while COMMAND ran.
largest_worker() {
  local pid peak=0 now
  "$@" >/dev/null &
  while kill -0 $! 2>/dev/null; do
    for pid in $(pgrep -f '^[^ ]+ fetch'); do
      now=$(field VmHWM "$pid" status 2>/dev/null) || true
      [ "${now:-0}" -le "$peak" ] || peak=$now
    done
  done
  wait $!
  echo "$peak"
}

@test "a fetch worker needs at most 32 MiB, whatever the image" {
  need_release
  local how peak
  mkdir -p "$scratch/large" "$scratch/many"
  head -c 64M /dev/urandom >"$scratch/large/random"
  "$PYTHON" -c 'import sys; [open(f"{sys.argv[1]}/{i}", "w").close() for i in range(20000)]' "$scratch/many"
  for how in large many; do
    "$PYTHON" "$PUSH" --registry "$REGISTRY" --name "heavy-$how" --rootfs "$scratch/$how" >/dev/null
    peak=$(largest_worker wherry pull -q "$REGISTRY/heavy-$how:latest")
    [ "$peak" -gt 0 ]
    echo "# fetch worker: $peak KiB for $how" >&3
    at_most "KiB of the worker" "$peak" 32768
    wherry rmi "$REGISTRY/heavy-$how:latest" >/dev/null
  done
}
