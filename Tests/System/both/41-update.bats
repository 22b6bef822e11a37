# Changing what exists: limits and restart policy of a container that runs, and removing all that are down.
load ../lib/common

# limit CONTAINER CONTROLLER FILE: a file of the container's group, cgroups version 1.
limit() {
  local cgroup
  cgroup=$(awk -F: -v want="$2" '{ n = split($2, c, ","); for (i = 1; i <= n; i++) if (c[i] == want) print $3 }' "/proc/$(pid_of "$1")/cgroup")
  cat "/sys/fs/cgroup/$2$cgroup/$3"
}

property() { systemctl show -p "$2" --value "wherry-$(wherry inspect -f '{{.Id}}' "$1").service"; }

@test "update changes the record and the running processes" {
  sleeper box
  if [ "$WHERRY_ENV" = nspawn ]; then
    fails 1 update -m 64m box
    says memory cgroup.controllers cmdline.txt
    fails 1 update --pids-limit 40 box
    says pids
    return
  fi
  run -0 wherry update -m 64m --cpus 0.5 --pids-limit 40 --cpu-shares 512 box
  equal "$output" box
  equal "$(limit box memory memory.limit_in_bytes)" 67108864
  equal "$(limit box cpu cpu.cfs_quota_us)" 50000
  equal "$(limit box cpu cpu.shares)" 512
  equal "$(limit box pids pids.max)" 40
  run -0 wherry inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}}' box
  equal "$output" "67108864 500000000 40 512"
  # What is not named stays, -1 takes the limit away.
  wherry update -m 96m --pids-limit -1 box
  equal "$(limit box memory memory.limit_in_bytes)" 100663296
  equal "$(limit box cpu cpu.cfs_quota_us)" 50000
  equal "$(limit box pids pids.max)" max
  run -0 wherry inspect -f '{{json .HostConfig.PidsLimit}}' box
  equal "$output" null
}

@test "what was updated outlives the daemon and holds after the next start" {
  local flags=(-m 64m)
  # The machine's kernel lends it no memory controller.
  [ "$WHERRY_ENV" != nspawn ] || flags=(--restart always)
  wherry create --name box "$IMG" sleep 1000
  wherry update "${flags[@]}" box
  daemon_kill
  daemon_start
  wherry start box
  if [ "$WHERRY_ENV" = nspawn ]; then
    equal "$(property box Restart)" always
  else
    equal "$(limit box memory memory.limit_in_bytes)" 67108864
  fi
}

@test "a restart policy can be given to a container that runs, and taken away" {
  sleeper box
  wherry update --restart always box
  equal "$(wherry inspect -f '{{.HostConfig.RestartPolicy.Name}}' box)" always
  [ "$WHERRY_ENV" != nspawn ] || equal "$(property box Restart)" always
  local before
  before=$(pid_of box)
  kill -KILL "$before"
  restarted() { local pid; pid=$(pid_of box) && [ "$pid" != 0 ] && [ "$pid" != "$before" ]; }
  eventually 10 restarted
  wherry update --restart no box
  [ "$WHERRY_ENV" != nspawn ] || equal "$(property box Restart)" no
  kill -KILL "$(pid_of box)"
  eventually 10 has_state box exited
  sleep 2
  has_state box exited
}

@test "update --restart on-failure:2 bounds the restarts" {
  wherry run -d --name box "$IMG" sh -c 'sleep 1; exit 7'
  wherry update --restart on-failure:2 box
  run -0 wherry inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' box
  equal "$output" "on-failure 2"
  eventually 30 has_state box exited
  ended_for_good() { [ "$(wherry inspect -f '{{.RestartCount}} {{.State.Status}}' box)" = "2 exited" ]; }
  eventually 20 ended_for_good
  equal "$(exit_code_of box)" 7
}

@test "update refuses what cannot be, and changes nothing then" {
  wherry create --name box "$IMG" true
  wherry create --name gone --rm "$IMG" true
  fails 1 update box
  says 'one or more flags'
  fails 1 update --restart always gone
  says 'exclude each other'
  fails 1 update -m 1m box
  says 6m
  fails any update --cpus 9999 box
  says cpus
  fails any update --cpus x box
  fails 1 update --cpuset-cpus 4000 box
  says 'cpuset'
  fails 1 update --restart always nobody-here
  says nobody-here
  run -0 wherry inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}' box
  equal "$output" "0 0 no"
}

@test "container prune removes what is down, and only that" {
  local created ended
  sleeper up
  created=$(wherry create --name created "$IMG" true)
  ended=$(wherry run -d --name ended "$IMG" sh -c 'head -c 100000 /dev/zero >/data')
  wherry wait ended
  run -0 bash -c 'echo n | wherry container prune'
  # What and how much first, then the question.
  grep -qx "container ${created:0:12}" <<<"$output"
  grep -qx '2 containers, 1.*kB would be reclaimed' <<<"$output"
  [[ "$output" == *"WARNING! This will remove all stopped containers."* ]]
  wherry inspect created ended >/dev/null
  run -0 wherry container prune -f
  equal "${lines[0]}" "Deleted Containers:"
  grep -qx "$created" <<<"$output"
  grep -qx "$ended" <<<"$output"
  [[ "${lines[-1]}" == "Total reclaimed space: 1"*kB ]]
  equal "$(wherry ps -a --format '{{.Names}}')" up
  run -0 wherry container prune -f
  equal "$output" "Total reclaimed space: 0B"
}

@test "container prune takes filters" {
  wherry create --name keep --label stage=prod "$IMG" true
  wherry create --name drop --label stage=test "$IMG" true
  wherry container prune -f --filter until=1h
  equal "$(wherry ps -a --format '{{.Names}}' | sort | tr '\n' ' ')" "drop keep "
  wherry container prune -f --filter label=stage=test
  equal "$(wherry ps -a --format '{{.Names}}')" keep
  wherry container prune -f --filter 'label!=stage=prod'
  equal "$(wherry ps -a --format '{{.Names}}')" keep
  fails 1 container prune -f --filter colour=red
  says colour label
}
