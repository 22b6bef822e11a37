# Events that only the units' hooks see. In the machine only.
load ../lib/common

@test "a loop of restarts without a daemon tells starts and ends in pairs" {
  local id begun
  id=$(wherry run -d --name loop --restart always "$IMG" sh -c 'exit 3')
  systemctl stop wherry.socket wherry.service
  begun=$(date +%s)
  sleep 5
  refute systemctl is-active wherry.service
  local ended
  ended=$(date +%s)
  systemctl start wherry.socket
  wherry stop loop
  wherry events --since 10m --until 0s -f "container=$id" -f event=start -f event=die --format '{{.Time}} {{.Action}}' >"$scratch/told"
  cat "$scratch/told"
  # start, die, start, die…, as many of each.
  equal "$(awk '{ print $2 }' "$scratch/told" | uniq | wc -l)" "$(wc -l <"$scratch/told")"
  equal "$(grep -c ' start' "$scratch/told")" "$(grep -c ' die$' "$scratch/told")"
  [ "$(awk -v from="$begun" -v to="$ended" '$1 >= from && $1 <= to && $2 == "die"' "$scratch/told" | wc -l)" -ge 2 ]
  # The filter by time sees what no daemon did.
  [ "$(wherry events --since "$begun" --until "$ended" -f "container=$id" -f event=die | wc -l)" -ge 2 ]
}

@test "memory that ran out is told without a daemon" {
  grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "no memory controller"
  local id
  mkdir "$scratch/share"
  id=$(wherry run -d --name box -m 16m -v "$scratch/share:/share" "$IMG" sh -c 'until [ -e /share/go ]; do sleep 0.1; done; exec tail /dev/zero')
  systemctl stop wherry.socket wherry.service
  touch "$scratch/share/go"
  eventually 60 test -e "/run/wherry/exits/$id"
  systemctl start wherry.socket
  equal "$(wherry events --since 10m --until 0s -f "container=$id" --format '{{.Action}}' | paste -sd' ')" "create start oom die"
}
