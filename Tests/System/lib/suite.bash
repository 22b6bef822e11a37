# setup_suite and teardown_suite of every folder of test files: registries, images, and on the bare machine the
# daemon. In the machine the daemon is systemd's business.

SYSTEM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

setup_suite() {
  export WHERRY_ENV SUITE REGISTRY STUB IMG STATE PYTHON
  : "${WHERRY_ENV:?bare or nspawn: start the tests with Tests/System/run.sh}"
  PYTHON=${PYTHON:-/usr/bin/python3}
  if [ "$WHERRY_ENV" = nspawn ]; then
    # /tmp of the machine is a tmpfs; what a container mounts from there is fine, but it is small.
    SUITE=$(mktemp -d /var/tmp/wherry-system.XXXXXX)
    STATE=/var/lib/wherry
  else
    SUITE=$(mktemp -d "${TMPDIR:-/var/tmp}/wherry-system.XXXXXX")
    STATE=$SUITE/state
  fi
  chmod 755 "$SUITE"
  . "$SYSTEM/common.bash"
  . "$SYSTEM/images.bash"
  "$PYTHON" "$TOOLS/storm.py" groups >"$SUITE/groups"
  start_registries
  make_images
  if [ "$WHERRY_ENV" = bare ]; then
    mkdir -p "$STATE" "$SUITE/run"
    export WHERRY_HOST=unix://$SUITE/run/wherry.sock
    bare_daemon_start
  fi
  wherry pull "$IMG" >/dev/null
}

teardown_suite() {
  . "$SYSTEM/common.bash"
  remove_all_containers
  if [ "$WHERRY_ENV" = bare ] && [ -f "$SUITE/daemon.pid" ]; then
    kill -TERM "$(cat "$SUITE/daemon.pid")" 2>/dev/null
    eventually 10 bash -c "! kill -0 $(cat "$SUITE/daemon.pid") 2>/dev/null" || daemon_kill
    if [ -n "${WHERRY_KEEP_LOG:-}" ]; then cp "$SUITE/daemon.log" "$WHERRY_KEEP_LOG"; fi
  fi
  kill "$(cat "$SUITE/registry.pid")" "$(cat "$SUITE/stub.pid")" 2>/dev/null || true
  awk -v folder="$SUITE/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r target; do umount "$target" || umount -l "$target"; done
  rm -rf --one-file-system "$SUITE"
}
