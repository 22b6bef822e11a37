# --sdnotify: who says that a container is ready, and who waits for it.
load ../lib/common

# What busybox cannot send, the device's python does, through the path that the container sees.
say_ready() { # NAME MESSAGE
  "$PYTHON" - "$(pid_of "$1")" "$2" <<'P'
import os, socket, sys
pid, message = sys.argv[1], sys.argv[2]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(f"/proc/{pid}/root/run/notify/notify.sock")
s.send(message.encode().decode("unicode_escape").encode())
P
}

wait_pid() { pid_of "$1" 2>/dev/null | grep -qv '^0$' && [ -S "/proc/$(pid_of "$1")/root/run/notify/notify.sock" ]; }

@test "run -d waits until the container says READY=1, and nothing else it says counts" {
  wherry run -d --name told --sdnotify=container "$IMG" sh -c 'echo socket=$NOTIFY_SOCKET; sleep 1000' >"$scratch/out" 2>&1 3>&- &
  local client=$!
  eventually 15 wait_pid told
  local main
  main=$(pid_of told)
  say_ready told 'MAINPID=1\nSTATUS=x'
  sleep 1
  kill -0 $client
  say_ready told 'STATUS=up\nREADY=1'
  ended $client 0
  has_state told running
  equal "$(pid_of told)" "$main"
  logs_contain told 'socket=/run/notify/notify.sock'
  wherry stop -t 1 told
  has_state told exited
}

@test "without --sdnotify=container there is no socket, and conmon and ignore do not wait" {
  local mode
  for mode in conmon ignore; do
    wherry run -d --name "plain-$mode" --sdnotify=$mode "$IMG" sh -c 'echo "socket=[$NOTIFY_SOCKET]"; ls /run/notify 2>&1; sleep 1000'
    eventually 5 logs_contain "plain-$mode" 'socket=\[\]'
  done
}

@test "a container that is late, or ends first, is an error that says so" {
  local begun=$SECONDS
  fails 125 run -d --name late --sdnotify=container --sdnotify-timeout 2 --stop-timeout 1 "$IMG" sleep 1000
  says late 'did not' 'within 2 s'
  [ $((SECONDS - begun)) -lt 20 ]
  eventually 10 has_state late exited
  fails 125 run -d --name brief --sdnotify=container "$IMG" sh -c 'sleep 0.5; exit 6'
  says brief 'exit code 6'
  equal "$(exit_code_of brief)" 6
}

@test "healthy: a start waits for the first good probe, and an unhealthy one fails it" {
  wherry run -d --name well --sdnotify=healthy --health-cmd 'test -e /tmp/up' --health-interval 500ms --health-retries 50 \
    "$IMG" sh -c 'sleep 2; touch /tmp/up; sleep 1000'
  equal "$(wherry inspect -f '{{.State.Health.Status}}' well)" healthy
  fails 125 run -d --name ill --sdnotify=healthy --health-cmd false --health-interval 300ms --health-retries 2 --stop-timeout 1 \
    "$IMG" sleep 1000
  says ill unhealthy
  fails 125 run -d --name none --sdnotify=healthy "$IMG" sleep 1000
  says 'health check' '--health-cmd'
  fails 125 run -d --sdnotify=maybe "$IMG" true
  says maybe healthy
  fails 125 create --sdnotify=container -t "$IMG" sh
  says sdnotify
}

@test "who requires a container waits until it is ready" {
  wherry create --name base --sdnotify=healthy --health-cmd 'test -e /tmp/up' --health-interval 300ms --health-retries 50 \
    "$IMG" sh -c 'sleep 1.5; touch /tmp/up; sleep 1000'
  wherry run -d --name above --requires base "$IMG" sh -c 'date +%s; sleep 1000'
  equal "$(wherry inspect -f '{{.State.Health.Status}}' base)" healthy
  local up
  up=$(wherry exec base stat -c %Y /tmp/up)
  eventually 5 logs_contain above '^[0-9]'
  [ "$(wherry logs above)" -ge "$up" ]
}

@test "a container that is awaited can be stopped" {
  wherry run -d --name slow --sdnotify=container "$IMG" sleep 1000 >"$scratch/out" 2>&1 3>&- &
  local client=$!
  eventually 15 wait_pid slow
  timeout 30 wherry rm -f slow
  ended $client badly
  refute wherry inspect slow
}
