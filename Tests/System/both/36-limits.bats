# Limits that the kernel enforces; where it cannot, they are refused with the remedy.
load ../lib/common

limit() {
  local cgroup
  cgroup=$(awk -F: -v want="$2" '{ n = split($2, c, ","); for (i = 1; i <= n; i++) if (c[i] == want) print $3 }' "/proc/$(pid_of "$1")/cgroup")
  cat "/sys/fs/cgroup/$2$cgroup/$3"
}

# controller NAME: whether containers can have it here.
controller() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
  else
    [ -d "/sys/fs/cgroup/$1" ]
  fi
}

# refused_or FLAG VALUE CONTROLLER: true where the flag is refused for want of its controller, as it then must be.
refused() {
  if controller "$3"; then return 1; fi
  fails 125 run --rm "$1" "$2" "$IMG" true
  says "$1" "$3" cgroup.controllers
}

@test "--cpuset-cpus and --cpuset-mems are the container's" {
  if refused --cpuset-cpus 0 cpuset; then return; fi
  wherry run -d --name box --cpuset-cpus 0 --cpuset-mems 0 "$IMG" sleep 1000
  run -0 wherry exec box grep Cpus_allowed_list /proc/self/status
  equal "$(cut -f2 <<<"$output")" 0
  run -0 wherry inspect -f '{{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}}' box
  equal "$output" "0 0"
  fails 125 run --rm --cpuset-cpus 4000 "$IMG" true
  says 'not available' 4000
}

@test "a list of CPUs must be one" {
  for list in x 1-0 0- 9999999; do
    fails 125 run --rm --cpuset-cpus "$list" "$IMG" true
    says cpuset-cpus
  done
}

@test "--cpu-quota with --cpu-period, which --cpus excludes" {
  fails 125 create --cpus 0.5 --cpu-quota 50000 "$IMG" true
  says 'exclude each other'
  fails 125 create --cpu-period 1 --cpu-quota 50000 "$IMG" true
  says cpu-period
  fails 125 create --cpu-quota 10 "$IMG" true
  says cpu-quota
  if refused --cpu-quota 20000 cpu; then return; fi
  wherry run -d --name box --cpu-period 50000 --cpu-quota 20000 "$IMG" sleep 1000
  equal "$(limit box cpu cpu.cfs_quota_us) $(limit box cpu cpu.cfs_period_us)" "20000 50000"
}

@test "rates of block devices arrive, by the device's number" {
  local block=io
  [ -f /sys/fs/cgroup/cgroup.controllers ] || block=blkio
  fails 125 create --device-read-bps nonsense "$IMG" true
  says device-read-bps
  if refused --device-read-bps /dev/loop0:1mb "$block"; then return; fi
  [ -b /dev/loop0 ] || skip "no block device here"
  wherry run -d --name box --device-read-bps /dev/loop0:1mb --device-write-iops /dev/loop0:100 "$IMG" sleep 1000
  equal "$(limit box blkio blkio.throttle.read_bps_device)" "7:0 1048576"
  equal "$(limit box blkio blkio.throttle.write_iops_device)" "7:0 100"
  run -0 wherry inspect -f '{{json .HostConfig.BlkioDeviceReadBps}}' box
  equal "$output" '[{"Path":"/dev/loop0","Rate":1048576}]'
  fails 125 run --rm --device-read-bps /dev/null:1mb "$IMG" true
  says /dev/null 'no block device'
}

@test "--blkio-weight is refused where the kernel has none" {
  ls /sys/fs/cgroup/blkio/blkio.weight /sys/fs/cgroup/blkio/blkio.bfq.weight /sys/fs/cgroup/*/io.weight 2>/dev/null &&
    skip "this kernel has weights"
  fails 125 run --rm --blkio-weight 100 "$IMG" true
  says blkio-weight
}

@test "a limit that the kernel cannot enforce is refused with the remedy" {
  if controller memory; then skip "this kernel can limit memory"; fi
  fails 125 run --rm -m 64m "$IMG" true
  says 'memory controller' '/sys/fs/cgroup/cgroup.controllers' 'cgroup_enable=memory cgroup_memory=1' /boot/firmware/cmdline.txt
  fails 125 run --rm --pids-limit 50 "$IMG" true
  says pids CONFIG_CGROUP_PIDS
  fails 125 run --rm --cpus 0.5 "$IMG" true
  says cpu
}

@test "what cgroup v2 has no switch for is discarded with docker's words" {
  wherry run --rm --oom-kill-disable --memory-swappiness 10 --kernel-memory 64m "$IMG" true 2>"$scratch/said"
  grep -Fx 'WARNING: Your kernel does not support OomKillDisable. OomKillDisable discarded.' "$scratch/said"
  grep -F 'Memory swappiness discarded.' "$scratch/said"
  grep -F 'Kernel memory limit discarded.' "$scratch/said"
  fails 125 run --rm --memory-swappiness 101 "$IMG" true
  says swappiness
}
