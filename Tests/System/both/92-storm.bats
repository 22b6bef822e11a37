# Many clients at once, a daemon that is killed under them, and what is left of it all.
#
# The long run: WHERRY_KILLS=500 WHERRY_RUNS=5000 BATS_TEST_TIMEOUT=7200 WHERRY_FILES=92-storm Tests/System/run.sh bare
load ../lib/common

storm() { "$PYTHON" "$TOOLS/storm.py" "$@"; }
leftovers() { storm leftovers "$([ "$WHERRY_ENV" = bare ] && echo "$SUITE/run" || echo /run/wherry)" "$STATE" "$SUITE/groups"; }
descriptors() { ls "/proc/$(daemon_pid)/fd" | wc -l; }

@test "200 containers are started by 20 clients at once, and removed" {
  storm start 200 20 "$IMG" | sed "s/^/# /" >&3
  leftovers
  wherry rm -f $(wherry ps -aq) >/dev/null
  equal "$(wherry ps -aq)" ""
  leftovers
}

@test "twenty clients race to create, start, stop, kill and remove one name: one consistent state" {
  storm race 15 20 "$IMG" | sed "s/^/# /" >&3
  leftovers
  wherry rm -f prize >/dev/null 2>&1 || true
  sleeper prize
  has_state prize running
}

@test "a daemon killed again and again under load loses nothing acknowledged and leaves nothing behind" {
  local load i
  "$PYTHON" "$TOOLS/storm.py" load 8 "$IMG" "$scratch/said" >"$scratch/out" 2>&1 3>&- &
  load=$!
  for i in $(seq "${WHERRY_KILLS:-25}"); do
    sleep "$((RANDOM % 2)).$((RANDOM % 90 + 10))"
    # One that is not there to be killed has ended by itself.
    daemon_kill || { kill -KILL "$load"; echo "kill $i"; tail -30 "$SUITE/daemon.log"; false; }
    daemon_start
  done
  kill -TERM "$load"
  wait "$load" || { cat "$scratch/out"; false; }
  sed 's/^/# /' "$scratch/out" >&3
  storm check "$scratch/said"
  leftovers
}

@test "a hundred runs leave no descriptor and no mount" {
  local mounts before i
  [ "$WHERRY_ENV" = bare ] || skip "an activated daemon comes and goes; the bare one stays"
  wherry run --rm "$IMG" true
  before=$(descriptors)
  mounts=$(wc -l </proc/self/mountinfo)
  for i in $(seq "$((${WHERRY_RUNS:-100} / 10))"); do
    local pids=()
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      wherry run --rm "$IMG" true 3>&- &
      pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
  done
  steady() { [ "$(descriptors)" -le "$before" ] && [ "$(wc -l </proc/self/mountinfo)" -le "$mounts" ]; }
  eventually 10 steady || { echo "descriptors $before, now $(descriptors); mounts $mounts, now $(wc -l </proc/self/mountinfo)"; false; }
  leftovers
}
