# events: what happened, and what happens.
load ../lib/common

# The actions of one container, in order.
actions_of() { wherry events --since 10m --until 0s --filter "container=$1" --format '{{.Action}}' | paste -sd' '; }

@test "the life of a container is told in docker's words" {
  wherry run -d --name box --label role=web "$IMG" sh -c 'trap "exit 3" TERM; trap "exit 140" USR2; while true; do sleep 0.1; done'
  wherry pause box
  wherry unpause box
  wherry exec box true
  wherry exec -d box true
  wherry kill -s USR2 box
  eventually 10 has_state box exited
  wherry rename box other
  wherry start other
  wherry restart -t 5 other
  wherry stop -t 5 other
  local id
  id=$(wherry inspect -f '{{.Id}}' other)
  wherry rm other
  equal "$(actions_of "$id" | sed 's/exec_create: true/exec_create/g; s/exec_start: true/exec_start/g')" \
    "create start pause unpause exec_create exec_start exec_die exec_create exec_start kill die rename start kill die stop start restart kill die stop destroy"
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

@test "events outlive the daemon" {
  wherry run --name box "$IMG" true
  local id
  id=$(wherry inspect -f '{{.Id}}' box)
  daemon_kill
  daemon_start
  # A daemon killed between telling an end and recording it has it told again by the next: never lost, at times twice.
  equal "$(actions_of "$id" | sed 's/die die$/die/')" "create start die"
}

@test "images are told of as well" {
  echo x >"$scratch/x"
  tar -C "$scratch" -cf "$scratch/x.tar" x
  wherry import "$scratch/x.tar" told:1
  wherry rmi told:1
  equal "$(wherry events --since 1m --until 0s -f type=image -f event=import -f event=untag --format '{{.Action}} {{.Actor.Attributes.name}}' | grep -v @ | paste -sd' ')" \
    "import told:1 untag told:1"
  equal "$(wherry events --since 1m --until 0s -f type=image -f event=delete | wc -l)" 1
}
