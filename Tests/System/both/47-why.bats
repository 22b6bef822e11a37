# wherry why: one causal answer.
load ../lib/common

# because NAME TEXT…: the first line of the answer contains each TEXT.
because() {
  local answer text
  answer=$(wherry why "$1" | head -1)
  echo "$answer"
  for text in "${@:2}"; do
    grep -q -- "$text" <<<"$answer" || { echo "does not say '$text'"; return 1; }
  done
}

@test "why names how a container ended" {
  wherry run --name crash "$IMG" sh -c 'sh -c "kill -SEGV \$\$"; exit $?' || true
  because crash 'exit code 139' SIGSEGV 'segmentation fault'
  wherry run --name lost "$IMG" sh -c 'exit 127' || true
  because lost 'exit code 127' 'command not found'
  wherry run --name bogus "$IMG" /no/such/program || true
  because bogus 'could not be'
  wherry run --name fine "$IMG" true
  because fine 'by itself' 'exit code 0'
  sleeper web
  because web 'is running'
  wherry stop web
  because web 'stopped by a user'
  wherry create --name fresh "$IMG" true
  because fresh 'never started'
  fails 1 why no-such-container
}

@test "why tells of restarts, their limit and what is paused" {
  wherry run -d --name loop --restart always "$IMG" sh -c 'exit 3'
  restarting() { because loop 'is restarting' 'exit code 3' 'starts again'; }
  eventually 20 restarting
  wherry run -d --name bounded --restart on-failure:1 "$IMG" sh -c 'exit 4'
  at_limit() { because bounded 'limit of 1 restarts' 'exit code 4'; }
  eventually 20 at_limit
  sleeper still
  wherry pause still
  because still 'is paused'
  wherry unpause still
}

@test "why prints facts, and JSON" {
  wherry run --name crash "$IMG" sh -c 'exit 9' || true
  run -0 wherry why crash
  grep -qx 'state: exited' <<<"$output"
  grep -q '^exit-code: 9' <<<"$output"
  wherry why --format json crash | "$PYTHON" -c '
import json, sys
why = json.load(sys.stdin)
assert "exit code 9" in why["Answer"], why
assert why["Facts"]["state"] == "exited", why'
  equal "$(wherry why -f '{{.Facts.state}}' crash)" exited
}

@test "why tells of failing probes" {
  wherry run -d --name sick --health-cmd 'echo no pulse; exit 1' --health-interval 300ms --health-retries 1 \
    "$IMG" sleep 1000
  sick() { because sick unhealthy 'no pulse'; }
  eventually 20 sick
}

@test "an end for lack of memory is told by inspect and why" {
  [ "$WHERRY_ENV" = bare ] || skip "the machine's control groups have no memory controller"
  wherry run --name fat -m 16m --memory-swap 16m "$IMG" sh -c 'tail /dev/zero' || true
  equal "$(exit_code_of fat)" 137
  equal "$(wherry inspect -f '{{.State.OOMKilled}}' fat)" true
  because fat 'killed for memory' '16 MiB'
  # What was cleaned up is not forgotten.
  wherry stop fat
  equal "$(wherry inspect -f '{{.State.OOMKilled}}' fat)" true
}
