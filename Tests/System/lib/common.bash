# What every test file loads. The tests know Wherry only through its command line.
#
# Set by the suite (suite.bash) and exported: WHERRY_ENV bare or nspawn, SUITE scratch folder of this run,
# REGISTRY host:port of a docker-registry, STUB host:port of stub_registry.py, IMG a small image with a shell,
# STATE the engine's state folder, PYTHON.

bats_require_minimum_version 1.5.0

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PUSH=$TOOLS/../../Tools/push_image.py

setup() { scratch=$(mktemp -d "$SUITE/test.XXXXXX"); }

teardown() {
  # Clients a failed test left in the background: bats would wait for them.
  local pid
  for pid in $(jobs -p); do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in wherry | timeout) kill -KILL "$pid" ;; esac
  done
  remove_all_containers
  # Mounts a test made below its scratch folder.
  awk -v folder="$scratch/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r target; do umount "$target" || umount -l "$target"; done
  rm -rf --one-file-system "$scratch"
}

remove_all_containers() {
  local ids
  ids=$(wherry ps -aq 2>/dev/null) || return 0
  [ -z "$ids" ] || wherry rm -f $ids >/dev/null 2>&1 || true
}

# fails STATUS ARG…: runs wherry and demands that it fails so, with a message on standard error.
# STATUS may be "any". Afterwards $stderr holds the message.
fails() {
  local status_wanted=$1
  shift
  if [ "$status_wanted" = 127 ]; then
    run -127 --separate-stderr wherry "$@"
  else
    run --separate-stderr wherry "$@"
  fi
  echo "wherry $*: exit $status"
  echo "stdout: $output"
  echo "stderr: $stderr"
  [ "$status" -ne 0 ]
  [ "$status_wanted" = any ] || [ "$status" -eq "$status_wanted" ]
  [ -n "$stderr" ]
}

# says TEXT…: the last failure's message contains each TEXT, whatever the case.
says() {
  local text
  for text in "$@"; do
    if ! grep -qi -- "$text" <<<"$stderr"; then
      echo "the message does not mention '$text': $stderr"
      return 1
    fi
  done
}

# eventually SECONDS CMD…: CMD succeeds within that time.
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $deadline ]; then
      echo "not within the time: $*"
      return 1
    fi
    sleep 0.1
  done
}

# refute CMD…: CMD fails. (bash does not end a test at a `!` that is not its last line.)
refute() {
  if "$@"; then
    echo "should have failed: $*"
    return 1
  fi
}

equal() {
  if [ "$1" != "$2" ]; then
    echo "expected: $2"
    echo "found:    $1"
    return 1
  fi
}

# ended PID STATUS: waits for a background job and compares its exit code; STATUS may be "badly".
ended() {
  local code=0
  wait "$1" || code=$?
  if [ "$2" = badly ]; then [ "$code" -ne 0 ]; else equal "$code" "$2"; fi
}

# Of the signals 1 to 31: what glibc does to its own 32 and 33 in a child is no matter.
no_signal_ignored() {
  local mask
  mask=$(sed -n 's/^SigIgn:[[:space:]]*//p')
  [ $((16#$mask & 0x7fffffff)) -eq 0 ] || { echo "signals are ignored: $mask"; return 1; }
}

state_of() { wherry inspect -f '{{.State.Status}}' "$1"; }
exit_code_of() { wherry inspect -f '{{.State.ExitCode}}' "$1"; }
pid_of() { wherry inspect -f '{{.State.Pid}}' "$1"; }
has_state() { [ "$(state_of "$1")" = "$2" ]; }
logs_contain() { wherry logs "$1" 2>&1 | grep -q -- "$2"; }

# A detached container that sleeps until told otherwise and obeys SIGTERM.
sleeper() { wherry run -d --name "$1" "${@:2}" "$IMG" sh -c 'trap "exit 0" TERM; sleep 1000 & wait'; }

daemon_pid() {
  if [ "$WHERRY_ENV" = nspawn ]; then
    systemctl show -p MainPID --value wherry.service | grep -v '^0$'
  else
    cat "$SUITE/daemon.pid"
  fi
}

# Kills the daemon with SIGKILL and waits until it is gone. Under systemd it comes back by itself.
daemon_kill() {
  local pid
  pid=$(daemon_pid) || return 0
  kill -KILL "$pid"
  while process_lives "$pid"; do sleep 0.02; done
}

# A zombie is gone once its last thread is: until then it holds its sockets and locks.
process_lives() {
  [ -d "/proc/$1" ] || return 1
  ! grep -q 'State:.Z' "/proc/$1/status" 2>/dev/null || [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -gt 1 ]
}

# Makes sure that there is a daemon to talk to.
daemon_start() {
  [ "$WHERRY_ENV" = bare ] || return 0
  bare_daemon_start
}

# bare_daemon_start [STATE]: the daemon in the background, on the suite's socket.
bare_daemon_start() {
  wherry daemon --state "$STATE" --run "$SUITE/run" --socket "$SUITE/run/wherry.sock" --supervisor conmon \
    </dev/null >>"$SUITE/daemon.log" 2>&1 3>&- 4>&- &
  echo $! >"$SUITE/daemon.pid"
  disown $! 2>/dev/null || true
  eventually 10 wherry version >/dev/null || { tail -20 "$SUITE/daemon.log"; return 1; }
}

# staging_is_empty: nothing half-done is left. What interrupted downloads keep for the next pull may stay.
staging_is_empty() { [ -z "$(ls -A "$STATE/staging" 2>/dev/null | grep -vx partial)" ]; }
layer_count() { find "$STATE/layers" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | wc -l; }

push() { "$PYTHON" "$PUSH" --registry "$REGISTRY" "$@"; }

# random_file PATH MEBIBYTES: does not compress.
random_file() { head -c "$(($2 << 20))" /dev/urandom >"$1"; }

free_port() {
  "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Number of blob downloads the stub has served for a repository since it was last asked.
stub_requests() { grep -c "GET /v2/$1" "$SUITE/stub.log" || true; }
