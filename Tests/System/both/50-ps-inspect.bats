# ps and inspect.
load ../lib/common

@test "ps lists what runs, -a everything, newest first" {
  wherry create --name never "$IMG" true
  wherry run -d --name over "$IMG" true
  wherry wait over
  sleeper alive
  run -0 wherry ps --format '{{.Names}}'
  equal "$output" alive
  run -0 wherry ps -a --format '{{.Names}}'
  equal "$output" "$(printf 'alive\nover\nnever')"
}

@test "ps is a table with Docker's columns" {
  local id
  id=$(sleeper alive)
  run -0 wherry ps
  [[ "${lines[0]}" == "CONTAINER ID"*IMAGE*COMMAND*CREATED*STATUS*NAMES ]]
  [[ "${lines[1]}" == "${id:0:12}"*"Up "*alive ]]
  run -0 wherry ps -a --no-trunc
  [[ "${lines[1]}" == "$id"* ]]
}

@test "ps -q prints short IDs, with --no-trunc whole ones" {
  local id
  id=$(sleeper alive)
  run -0 wherry ps -q
  equal "$output" "${id:0:12}"
  run -0 wherry ps -q --no-trunc
  equal "$output" "$id"
}

@test "ps --format knows templates, tables and json" {
  sleeper alive --label tier=front
  run -0 wherry ps --format '{{.Names}} {{.State}} {{.Image}}'
  equal "$output" "alive running $IMG"
  run -0 wherry ps --format 'table {{.Names}}\t{{.Status}}'
  [[ "${lines[0]}" == NAMES*STATUS ]]
  run -0 wherry ps --format json
  equal "$(jq -r .Names <<<"$output")" alive
  run -0 wherry ps --format '{{json .}}'
  equal "$(jq -r .Image <<<"$output")" "$IMG"
}

@test "a template that is wrong is refused" {
  sleeper alive
  fails any ps --format '{{.Nmaes}}'
  fails any ps --format '{{.Names'
}

@test "status tells how a container ended" {
  wherry run -d --name over "$IMG" sh -c 'exit 3'
  wherry wait over
  wherry create --name never "$IMG" true
  run -0 wherry ps -a --filter name=over --format '{{.Status}}'
  [[ "$output" == "Exited (3) "* ]]
  run -0 wherry ps -a --filter name=never --format '{{.Status}}'
  equal "$output" Created
}

@test "ps filters by name, label, status, exit code, image and ID" {
  local id
  id=$(sleeper front --label tier=front --label plain)
  sleeper back --label tier=back
  wherry run -d --name done3 "$IMG" sh -c 'exit 3'
  wherry wait done3
  names() { wherry ps -a --format '{{.Names}}' "$@" | sort | tr '\n' ' '; }
  equal "$(names -f name=fro)" "front "
  equal "$(names -f label=tier)" "back front "
  equal "$(names -f label=tier=back)" "back "
  equal "$(names -f label=plain -f label=tier=front)" "front "
  equal "$(names -f status=running)" "back front "
  equal "$(names -f status=exited -f status=created)" "done3 "
  equal "$(names -f exited=3)" "done3 "
  equal "$(names -f ancestor="$IMG")" "back done3 front "
  equal "$(names -f id="${id:0:10}")" "front "
  fails any ps -f nonsense=1
}

@test "ps -l and -n limit the list" {
  sleeper first
  sleeper second
  run -0 wherry ps -l --format '{{.Names}}'
  equal "$output" second
  run -0 wherry ps -n 1 -q
  equal "${#lines[@]}" 1
}

@test "inspect is JSON with what was asked and what is" {
  local id memory=(-m 64m) bytes=67108864
  # The test machine's kernel lends it no memory controller; wherry refuses the limit then.
  if [ -f /sys/fs/cgroup/cgroup.controllers ] && ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
    memory=() bytes=0
  fi
  id=$(sleeper seen -e A=b --label tier=front -w /tmp "${memory[@]}" --restart on-failure:3 -h seen-host)
  wherry inspect seen >"$scratch/json"
  equal "$(jq -r '.[0].Id' "$scratch/json")" "$id"
  equal "$(jq -r '.[0].Name' "$scratch/json" | tr -d /)" seen
  equal "$(jq -r '.[0].State.Status' "$scratch/json")" running
  equal "$(jq -r '.[0].State.Running' "$scratch/json")" true
  equal "$(jq -r '.[0].Config.Labels.tier' "$scratch/json")" front
  equal "$(jq -r '.[0].Config.Hostname' "$scratch/json")" seen-host
  equal "$(jq -r '.[0].Config.WorkingDir' "$scratch/json")" /tmp
  equal "$(jq -r '.[0].Config.Env | index("A=b") != null' "$scratch/json")" true
  equal "$(jq -r '.[0].HostConfig.Memory' "$scratch/json")" "$bytes"
  equal "$(jq -r '.[0].HostConfig.RestartPolicy.Name' "$scratch/json")" on-failure
  equal "$(jq -r '.[0].HostConfig.RestartPolicy.MaximumRetryCount' "$scratch/json")" 3
  [ "$(jq -r '.[0].State.Pid' "$scratch/json")" -gt 1 ]
  jq -r '.[0].State.StartedAt' "$scratch/json" | grep -qE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T'
}

@test "inspect takes several objects and a template" {
  sleeper one
  sleeper two
  run -0 wherry inspect one two
  equal "$(jq length <<<"$output")" 2
  run -0 wherry inspect -f '{{.State.Running}} {{.Config.Image}}' one
  equal "$output" "true $IMG"
}

@test "inspect finds images too" {
  run -0 wherry inspect "$IMG"
  equal "$(jq -r '.[0].Os' <<<"$output")" linux
}
