# What a container has of its own, and what it shares: groups, limits of processes, namespaces, sysctls, names.
load ../lib/common

@test "--group-add adds groups by number and by the image's names, for exec too" {
  wherry run -d --name box --group-add 777 --group-add extra -u 0 --entrypoint sleep "$REGISTRY/entry:latest" 1000
  run -0 wherry exec box id -G
  equal "$output" "0 777 2000"
  run -0 wherry inspect -f '{{json .HostConfig.GroupAdd}}' box
  equal "$output" '["777","extra"]'
  fails 125 run --rm --group-add no-such-group "$IMG" true
  says no-such-group
}

@test "--ulimit holds for the first process and for exec" {
  wherry run -d --name box --ulimit nofile=100:200 --ulimit core=0 "$IMG" sleep 1000
  # Not the soft limit of nofile: runc 1.1 at times leaves what Go has raised it to (opencontainers/runc#4195).
  equal "$(wherry exec box sh -c 'ulimit -Hn; ulimit -c')" "$(printf '200\n0')"
  run -0 wherry run --rm --ulimit nofile=64 "$IMG" sh -c 'ulimit -n; ulimit -Hn'
  equal "$output" "$(printf '64\n64')"
  fails 125 run --rm --ulimit nofile=200:100 "$IMG" true
  says 'soft limit'
  fails 125 run --rm --ulimit bogus=1 "$IMG" true
  says bogus
}

@test "--shm-size, --oom-score-adj and --add-host arrive" {
  run -0 wherry run --rm --shm-size 8m --oom-score-adj 300 --add-host gateway:192.0.2.1 --add-host six=[2001:db8::1] \
    "$IMG" sh -c 'df -k /dev/shm | tail -1; cat /proc/self/oom_score_adj; cat /etc/hosts'
  grep -q ' 8192 ' <<<"$output"
  grep -qx 300 <<<"$output"
  grep -qP '^192.0.2.1\tgateway$' <<<"$output"
  grep -qP '^2001:db8::1\tsix$' <<<"$output"
  fails 125 run --rm --add-host nonsense "$IMG" true
  says add-host
  fails 125 run --rm --oom-score-adj 2000 "$IMG" true
  says '1000'
}

@test "--sysctl sets what is the container's, and nothing of the device" {
  run -0 wherry run --rm --sysctl net.ipv4.ip_default_ttl=42 --sysctl kernel.msgmax=4096 "$IMG" \
    sh -c 'cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax'
  equal "$output" "$(printf '42\n4096')"
  fails 125 run --rm --sysctl vm.swappiness=1 "$IMG" true
  says "not the container's own"
  fails 125 run --rm --network host --sysctl net.ipv4.ip_default_ttl=42 "$IMG" true
  says 'network host'
}

@test "--pid, --ipc and --uts host share the device's namespaces" {
  equal "$(wherry run --rm --pid host "$IMG" readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
  equal "$(wherry run --rm --ipc host "$IMG" readlink /proc/self/ns/ipc)" "$(readlink /proc/self/ns/ipc)"
  equal "$(wherry run --rm --uts host "$IMG" hostname)" "$(hostname)"
  [ "$(wherry run --rm "$IMG" readlink /proc/self/ns/uts)" != "$(readlink /proc/self/ns/uts)" ]
  fails 125 run --rm --uts host --hostname x "$IMG" true
  says 'exclude each other'
  fails 125 run --rm --uts container:x "$IMG" true
  says UTS
}

@test "--init makes a small init the first process, which reaps and passes signals on" {
  command -v tini-static catatonit >/dev/null || [ -x /usr/libexec/podman/catatonit ] || skip "no tini or catatonit here"
  wherry run -d --init --name box "$IMG" sh -c 'trap "exit 5" TERM; while true; do sleep 0.1; done'
  run -0 wherry exec box cat /proc/1/comm
  grep -qE 'docker-init|tini|catatonit' <<<"$output"
  wherry stop box
  equal "$(wherry wait box)" 5
}

@test "limits beside --memory and --cpus are checked and shown" {
  if [ "$WHERRY_ENV" = nspawn ] && ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
    fails 125 create -m 64m "$IMG" true
    says memory
  else
    wherry create --name box -m 64m --memory-swap 96m --memory-reservation 32m --cpu-shares 512 "$IMG" true
    run -0 wherry inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.CpuShares}}' box
    equal "$output" "67108864 100663296 33554432 512"
  fi
  fails 125 create --memory-swap 96m "$IMG" true
  says 'needs --memory'
  fails 125 create -m 64m --memory-reservation 96m "$IMG" true
  says 'above --memory'
  fails 125 create -c 1 "$IMG" true
  says cpu-shares
}
