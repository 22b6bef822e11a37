# Health checks: the image's and the flags', what they show, and what becomes of a container that fails them.
load ../lib/common

health_of() { wherry inspect -f '{{.State.Health.Status}}' "$1"; }
has_health() { [ "$(health_of "$1")" = "$2" ]; }
streak_of() { wherry inspect -f '{{.State.Health.FailingStreak}}' "$1"; }

@test "a container is starting, becomes healthy, and unhealthy after its retries" {
  wherry run -d --name web --health-cmd 'echo looked; cat /tmp/well' --health-interval 1s --health-retries 2 \
    "$IMG" sh -c 'sleep 1000' >/dev/null
  run -0 wherry ps --format '{{.Status}}'
  grep -q '(health: starting)$' <<<"$output"
  equal "$(health_of web)" starting
  wherry exec web touch /tmp/well
  eventually 15 has_health web healthy
  run -0 wherry ps --format '{{.Status}}'
  grep -q '^Up .* (healthy)$' <<<"$output"
  run -0 wherry ps -q --filter health=healthy
  [ -n "$output" ]
  run -0 wherry ps -q --filter health=unhealthy --filter health=none
  [ -z "$output" ]
  wherry exec web rm /tmp/well
  eventually 20 has_health web unhealthy
  [ "$(streak_of web)" -ge 2 ]
  run -0 wherry ps --format '{{.Status}}'
  grep -q '(unhealthy)$' <<<"$output"
  wherry inspect -f '{{json .State.Health.Log}}' web | "$PYTHON" -c '
import json, sys
log = json.load(sys.stdin)
assert 1 <= len(log) <= 5, log
assert log[-1]["ExitCode"] == 1 and "looked" in log[-1]["Output"], log[-1]
assert log[-1]["Start"] <= log[-1]["End"], log[-1]'
}

@test "an image's HEALTHCHECK is carried out, not more often than once a second, and flags go over it" {
  push --name checked --rootfs "$SUITE/root-box" --cmd '["sleep","1000"]' \
    --healthcheck '{"Test":["CMD-SHELL","echo x >>/tmp/probes; test -e /tmp/well"],"Interval":1000000,"Retries":2}' >/dev/null
  wherry run -d --name image "$REGISTRY/checked:latest" >/dev/null
  eventually 20 has_health image unhealthy
  wherry exec image touch /tmp/well
  eventually 20 has_health image healthy
  run -0 wherry inspect -f '{{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Retries}}' image
  equal "$output" '["CMD-SHELL","echo x >>/tmp/probes; test -e /tmp/well"] 1000000000 2'
  local before
  before=$(wherry exec image grep -c x /tmp/probes)
  sleep 4
  [ "$(wherry exec image grep -c x /tmp/probes)" -le $((before + 5)) ]
  wherry run -d --name flags --health-cmd true --health-interval 500ms "$REGISTRY/checked:latest" >/dev/null
  eventually 20 has_health flags healthy
  run -0 wherry inspect -f '{{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}}' flags
  equal "$output" '["CMD-SHELL","true"] 500000000'
  wherry run -d --name none --no-healthcheck "$REGISTRY/checked:latest" >/dev/null
  run -0 wherry ps --filter name=none --format '{{.Status}}'
  refute grep -q health <<<"$output"
}

@test "a probe that hangs is killed in time, with all it started, and its output is bounded" {
  wherry run -d --name slow --health-cmd 'sleep 4321 & setsid sleep 4322 & sleep 4323' --health-interval 500ms \
    --health-timeout 1s --health-retries 1 "$IMG" sleep 1000
  eventually 20 has_health slow unhealthy
  run -0 wherry inspect -f '{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}' slow
  equal "$output" "-1 Health check exceeded timeout (1s)"
  wherry rm -f slow
  wherry run -d --name loud --health-cmd 'head -c 100000 /dev/zero | tr "\0" x' --health-interval 500ms \
    "$IMG" sleep 1000
  eventually 20 has_health loud healthy
  run -0 wherry inspect -f '{{(index .State.Health.Log 0).Output}}' loud
  equal "${#output}" 4096
}

@test "nothing of a probe that was killed goes on" {
  wherry run -d --name slow --health-cmd 'echo x >>/tmp/began; sleep 4321 & setsid sleep 4322 & sleep 4323' \
    --health-interval 60s --health-start-period 60s --health-start-interval 500ms --health-timeout 1s "$IMG" sleep 1000
  probed() { [ "$(wherry inspect -f '{{len .State.Health.Log}}' slow)" -ge 1 ]; }
  eventually 20 probed
  equal "$(health_of slow)" starting
  equal "$(streak_of slow)" 0
  few() { [ "$(wherry exec slow ps | grep -c 'sleep 432')" -le 3 ]; }
  sleep 3
  few
}

@test "failures in the start period do not count, and the first success ends it" {
  wherry run -d --name web --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1 \
    --health-start-period 30s --health-start-interval 300ms "$IMG" sleep 1000
  probed() { [ "$(wherry inspect -f '{{len .State.Health.Log}}' web)" -ge 3 ]; }
  eventually 20 probed
  equal "$(health_of web)" starting
  wherry exec web touch /tmp/well
  eventually 10 has_health web healthy
  wherry exec web rm /tmp/well
  eventually 15 has_health web unhealthy
}

@test "--health-on-failure kills, restarts and stops" {
  wherry run -d --name victim --health-cmd false --health-interval 300ms --health-retries 1 --health-on-failure kill \
    "$IMG" sleep 1000
  eventually 20 has_state victim exited
  equal "$(exit_code_of victim)" 137
  wherry run -d --name stopped --stop-timeout 0 --restart always --health-cmd false --health-interval 300ms \
    --health-retries 1 --health-on-failure stop "$IMG" sleep 1000
  eventually 20 has_state stopped exited
  wherry run -d --name again --stop-timeout 0 --health-cmd 'test ! -e /once' --health-interval 300ms \
    --health-retries 1 --health-on-failure restart "$IMG" sleep 1000
  eventually 20 has_health again healthy
  started=$(wherry inspect -f '{{.State.StartedAt}}' again)
  wherry exec again touch /once
  restarted() { [ "$(wherry inspect -f '{{.State.StartedAt}}' again)" != "$started" ]; }
  eventually 20 restarted
  eventually 10 has_state again running
}

@test "flags of health checks are checked, and --no-healthcheck wins over the image's" {
  fails 125 run --rm --health-cmd true --health-interval 1us "$IMG" true
  says 'cannot be less than 1ms'
  fails 125 run --rm --health-cmd true --health-interval=-1s "$IMG" true
  says 'cannot be negative'
  fails 125 run --rm --health-cmd true --no-healthcheck "$IMG" true
  says 'conflicts'
  fails 125 run --rm --health-on-failure kill "$IMG" true
  says 'needs a health check'
  fails 125 run --rm --health-cmd true --health-on-failure explode "$IMG" true
  says 'explode'
  wherry run -d --name none --no-healthcheck "$IMG" sleep 1000
  run -0 wherry ps --format '{{.Status}}'
  refute grep -q health <<<"$output"
  run -0 wherry ps -q --filter health=none
  [ -n "$output" ]
}

@test "health starts anew with the container, and ends with it" {
  wherry run -d --name web --stop-timeout 0 --health-cmd true --health-interval 500ms "$IMG" sleep 1000
  eventually 15 has_health web healthy
  wherry stop web
  run -0 wherry ps -a --format '{{.Status}}'
  refute grep -q health <<<"$output"
  if [ "$WHERRY_ENV" = nspawn ]; then
    no_units() { [ -z "$(systemctl list-units --no-legend 'wherry-health-*')" ]; }
    eventually 5 no_units
  fi
  wherry start web
  equal "$(health_of web)" starting
  eventually 15 has_health web healthy
}

@test "a container that ends before its health check is set up has its exit code" {
  for code in 0 3 0 4; do
    run "-$code" wherry run --rm --health-cmd true "$IMG" sh -c "echo $code; exit $code"
    equal "$output" "$code"
  done
}
