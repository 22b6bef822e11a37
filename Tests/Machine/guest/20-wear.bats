# What containers write, as the kernel's io controller counts it on a real disk.
load ../../System/lib/common

# written NAME: bytes that system wear tells of a container, or of a kind of other writers.
written() {
  wherry system wear --format '{{.Kind}} {{json .WrittenBytes}} {{.Container}}' |
    awk -v name="$1" '$1 == name || $3 == name { print $2 }' | tail -1
}

at_least() { [ "$1" -ge "$2" ] || { echo "$1 is less than $2"; return 1; }; }

@test "20 MiB are told as 20 MiB or more, over a restart, the daemon's end and the removal" {
  local half=$((10 << 20)) disk
  disk=$(written disk)
  wherry run -d --name writer "$IMG" sh -c 'dd if=/dev/zero of=/file bs=1M count=10 conv=fsync; touch /done; sleep 1000'
  done_writing() { wherry exec writer test -e /done; }
  eventually 60 done_writing
  at_least "$(written writer)" "$half"
  # The next run is another control group.
  wherry exec writer rm /done
  wherry restart -t 0 writer
  eventually 60 done_writing
  at_least "$(written writer)" $((2 * half))
  at_least $(($(written disk) - disk)) $((2 * half))
  # 16 MiB are saved at the latest.
  wherry stop -t 0 writer
  [ -s "$STATE/containers/$(wherry inspect -f '{{.Id}}' writer)/wear" ]
  systemctl stop wherry.service
  # As after a reboot.
  rm -rf /run/wherry/wear
  at_least "$(written writer)" "$half"
  wherry rm writer
  at_least "$(written removed)" "$half"
  run -0 wherry system wear
  echo "$output"
}

@test "the doctor has nothing against this machine's control groups, kernel and disk" {
  run wherry doctor cgroups kernel programs units disk
  echo "$output"
  [ "$status" -le 1 ]
  grep -q '^ok  *cgroups: version 2' <<<"$output"
  grep -q '^ok  *kernel: Linux' <<<"$output"
}
