# events: what happened, and what happens.
load ../lib/common

# The actions of one container, in order.
actions_of() { wherry events --since 10m --until 0s --filter "container=$1" --format '{{.Action}}' | paste -sd' '; }

# Nobody answers, and nobody sees what happens.
daemon_off() {
  if [ "$WHERRY_ENV" = nspawn ]; then systemctl stop wherry.socket wherry.service; else daemon_kill; fi
}
daemon_on() {
  if [ "$WHERRY_ENV" = nspawn ]; then systemctl start wherry.socket; else daemon_start; fi
}

# The exit note, which the hook or conmon has written.
run_folder() { if [ "$WHERRY_ENV" = nspawn ]; then echo /run/wherry; else echo "$SUITE/run"; fi; }
is_noted() { [ -e "$(run_folder)/exits/$1" ]; }
is_gone() { [ ! -d "/proc/$1" ]; }

@test "the life of a container is told in docker's words" {
  wherry run -d --name box --label role=web "$IMG" sh -c 'trap "exit 3" TERM; trap "exit 140" USR2; while true; do sleep 0.1; done'
  wherry pause box
  wherry unpause box
  wherry exec box true
  wherry exec -d box true
  wherry kill -s USR2 box
  eventually 10 has_state box exited
  wherry rename box other
  wherry update --restart no other
  wherry start other
  wherry restart -t 5 other
  wherry stop -t 5 other
  local id
  id=$(wherry inspect -f '{{.Id}}' other)
  wherry rm other
  equal "$(actions_of "$id" | sed 's/exec_create: true/exec_create/g; s/exec_start: true/exec_start/g')" \
    "create start pause unpause exec_create exec_start exec_die exec_create exec_start kill die rename update start kill die stop start restart kill die stop destroy"
  wherry events --since 10m --until 0s -f "container=$id" -f event=die --format json >"$scratch/die"
  equal "$(head -1 "$scratch/die" | jq -r '[.Type, .Action, .Actor.ID, .status, .id, .scope] | join(" ")')" \
    "container die $id die $id local"
  equal "$(jq -r '.Actor.Attributes.exitCode' "$scratch/die" | paste -sd' ')" "140 3 3"
  equal "$(jq -r '.Actor.Attributes | .image + " " + .role' "$scratch/die" | head -1)" "$IMG web"
  equal "$(wherry events --since 10m --until 0s -f "container=$id" -f event=rename --format '{{.Actor.Attributes.oldName}}')" box
  # The line for people.
  wherry events --since 10m --until 0s -f "container=$id" -f event=create |
    grep -E "^[0-9-]+T[0-9:]+\.[0-9]{9}Z container create $id \(image=$IMG, name=box, role=web\)$"
}

@test "filters choose, and what is no filter is refused" {
  wherry run --name chosen-one --label a=1 "$IMG" true
  wherry run --name chosen-two --label a=2 "$IMG" false || true
  since() { wherry events --since 1m --until 0s --format '{{.Actor.Attributes.name}}' "$@" | sort -u | paste -sd' '; }
  equal "$(since -f container=chosen-one -f container=chosen-two)" "chosen-one chosen-two"
  equal "$(since -f container=chosen-one -f container=chosen-two -f event=start -f label=a=2)" chosen-two
  equal "$(since -f container=chosen-one -f type=image)" ""
  grep -qw chosen-one <<<"$(since -f image="$IMG")"
  equal "$(wherry events --since 1m --until 0s -f container=chosen-two -f event=die --format '{{.Actor.Attributes.exitCode}}')" 1
  fails 1 events --since 1m --until 0s -f colour=red
  says colour
  fails 125 events --since nonsense
  # A future without events ends by itself; the past at once.
  local start=$SECONDS
  run -0 timeout 20 wherry events --until 2s -f container=nobody
  run -0 timeout 20 wherry events --since 2020-01-01T00:00:00Z --until 2020-01-02T00:00:00Z
  equal "$output" ""
}

@test "events come live, and a listener that goes is let go" {
  wherry events --format '{{.Action}} {{.Actor.Attributes.name}}' >"$scratch/live" 3>&- &
  local pid=$!
  sleep 1
  wherry run -d --name box "$IMG" sh -c 'sleep 0.3; exit 4'
  eventually 15 grep -q '^die box$' "$scratch/live"
  equal "$(grep ' box$' "$scratch/live" | paste -sd' ')" "create box start box die box"
  kill -TERM $pid
  wait $pid || true
  wherry rm box
  refute grep -q destroy "$scratch/live"
}

@test "a container that takes its time holds up no history" {
  local id
  id=$(wherry run -d --name slow "$IMG" sh -c 'trap "" TERM; while true; do sleep 1; done')
  wherry stop -t 8 slow 3>&- >/dev/null &
  local stopping=$!
  sleep 1
  run -0 timeout 5 wherry events --since 1m --until 0s -f "container=$id" --format '{{.Action}}'
  equal "$(paste -sd' ' <<<"$output")" "create start kill"
  wait "$stopping"
}

@test "events outlive the daemon" {
  wherry run --name box "$IMG" true
  local id
  id=$(wherry inspect -f '{{.Id}}' box)
  daemon_kill
  daemon_start
  equal "$(actions_of "$id")" "create attach start die"
}

@test "images are told of as well" {
  echo x >"$scratch/x"
  tar -C "$scratch" -cf "$scratch/x.tar" x
  wherry import "$scratch/x.tar" told:1
  id=$(wherry image inspect -f '{{.Id}}' told:1)
  wherry rmi told:1
  equal "$(wherry events --since 1m --until 0s -f type=image -f event=import -f event=untag --format '{{.Action}} {{.Actor.Attributes.name}}' | grep ' told:' | paste -sd' ')" \
    "import told:1 untag told:1"
  equal "$(wherry events --since 1m --until 0s -f type=image -f event=delete | grep -c "$id")" 1
}

@test "an end that no daemon saw is told once, with its moment" {
  local id pid go noted
  mkdir "$scratch/share"
  id=$(wherry run -d --name box -v "$scratch/share:/share" "$IMG" sh -c 'until [ -e /share/go ]; do sleep 0.1; done; exit 4')
  pid=$(pid_of box)
  daemon_off
  go=$(date +%s%N)
  touch "$scratch/share/go"
  eventually 30 is_gone "$pid"
  eventually 30 is_noted "$id"
  noted=$(date +%s%N)
  sleep 2
  daemon_on
  wherry events --since 10m --until 0s -f "container=$id" -f event=die --format '{{.TimeNano}} {{.Actor.Attributes.exitCode}}' >"$scratch/die"
  cat "$scratch/die"
  equal "$(wc -l <"$scratch/die")" 1
  read -r moment code <"$scratch/die"
  equal "$code" 4
  [ "$moment" -ge "$go" ] && [ "$moment" -le "$noted" ]
  equal "$(actions_of "$id")" "create start die"
  # Whoever looks next tells nothing again.
  has_state box exited
  daemon_kill
  daemon_start
  has_state box exited
  equal "$(actions_of "$id")" "create start die"
  # It is over before the daemon came: --until and --since are about the moment, not about when it was found.
  equal "$(wherry events --since "${noted:0:10}.${noted:10}" --until 0s -f "container=$id" -f event=die)" ""
}

@test "restarts by policy are told live, in pairs" {
  wherry events -f container=loop --format '{{.Action}}' >"$scratch/live" 3>&- &
  local pid=$! id
  sleep 1
  id=$(wherry run -d --name loop --restart on-failure:2 "$IMG" sh -c 'exit 3')
  has_ends() { [ "$(grep -c '^die$' "$scratch/live")" -eq 3 ]; }
  eventually 30 has_ends
  equal "$(paste -sd' ' "$scratch/live")" "create start die start die start die"
  equal "$(actions_of "$id")" "create start die start die start die"
  kill -TERM $pid
  wait $pid || true
}

@test "a container that runs under a new name ends under it" {
  sleeper before
  wherry rename before after
  wherry kill after
  # A signal and the end it brings may be of the same tick of the kernel's clock.
  equal "$(wherry events --since 1m --until 0s -f container=after --format '{{.Action}}' | sort | paste -sd' ')" "die kill rename"
}

@test "health is told when it changes" {
  wherry run -d --name well --health-cmd 'test ! -e /sick' --health-interval 300ms --health-retries 1 "$IMG" sleep 100
  told() { wherry events --since 1m --until 0s -f container=well -f event=health_status --format '{{.Action}}' | paste -sd, ; }
  tells() { [ "$(told)" = "$1" ]; }
  eventually 30 tells "health_status: healthy"
  wherry exec well touch /sick
  eventually 30 tells "health_status: healthy,health_status: unhealthy"
}

@test "files, processes and clean-ups are told of, as are clients that come and go" {
  local id
  id=$(sleeper box)
  echo x >"$scratch/x"
  wherry cp "$scratch/x" box:/x
  wherry cp box:/x - >"$scratch/x.tar"
  wherry export box >"$scratch/box.tar"
  wherry top box
  equal "$(actions_of "$id")" "create start extract-to-dir archive-path export top"
  equal "$(wherry events --since 1m --until 0s -f "container=$id" -f event=archive-path --format '{{.Actor.Attributes.path}}')" /x
  wherry attach --no-stdin box >/dev/null 3>&- &
  local pid=$!
  attaches() { [[ "$(actions_of "$id")" == *"$1" ]]; }
  eventually 20 attaches attach
  kill -KILL $pid
  eventually 20 attaches "attach detach"
  wait $pid || true
  wherry stop -t 5 box
  local begun
  begun=$(date +%s.%N)
  wherry container prune -f
  wherry volume prune -f
  wherry network prune -f
  equal "$(wherry events --since "$begun" --until 0s -f event=prune --format '{{.Type}}' | paste -sd' ')" "container volume network"
  wherry events --since "$begun" --until 0s -f event=prune -f type=container --format '{{.Actor.Attributes.reclaimed}}' | grep -E '^[0-9]+$'
}

@test "restart takes a signal, as docker's" {
  mkdir "$scratch/share"
  wherry run -d --name box -v "$scratch/share:/share" "$IMG" sh -c 'trap "echo usr1 >>/share/seen; exit 5" USR1; trap "echo term >>/share/seen; exit 0" TERM; echo up >>/share/seen; while true; do sleep 0.1; done'
  is_up() { [ "$(grep -c up "$scratch/share/seen")" -eq "$1" ]; }
  eventually 20 is_up 1
  wherry restart -s USR1 box
  eventually 20 is_up 2
  wherry restart box
  eventually 20 is_up 3
  wherry stop -s SIGUSR1 box
  equal "$(exit_code_of box)" 5
  equal "$(paste -sd' ' "$scratch/share/seen")" "up usr1 up term up usr1"
  fails 1 restart -s NOSUCH box
  says NOSUCH
}
