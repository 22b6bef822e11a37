# --log-driver, --log-opt and logs --details.
load ../lib/common

@test "logs --details shows what --log-opt chose, and nothing else" {
  wherry run --name chosen --label role=web --label secret=x -e TIER='front end' -e OTHER=1 --log-opt labels=role,absent \
    --log-opt env=TIER --log-opt tag='{{.Name}}/{{.ID}}' "$IMG" echo hello
  local id
  id=$(wherry inspect -f '{{.Id}}' chosen)
  equal "$(wherry logs --details chosen)" "TIER=front+end,role=web,tag=chosen%2F${id:0:12} hello"
  equal "$(wherry logs chosen)" hello
  equal "$(wherry inspect -f '{{index .HostConfig.LogConfig.Config "labels"}}' chosen)" role,absent
  wherry run --name plain "$IMG" echo hello
  equal "$(wherry logs --details plain)" " hello"
}

@test "the driver none keeps nothing, and says so" {
  equal "$(wherry run --name silent --log-driver none "$IMG" echo seen)" seen
  fails 1 logs silent
  says silent none
  wherry run -d --name dumb --log-driver none "$IMG" sh -c 'while echo x; do sleep 0.1; done'
  has_state dumb running
  equal "$(wherry inspect -f '{{.HostConfig.LogConfig.Type}}' dumb)" none
}

@test "what the supervisor cannot do is refused by name" {
  fails 125 create --log-driver syslog "$IMG" true
  says syslog
  fails 125 create --log-opt colour=red "$IMG" true
  says colour
  fails 125 create --log-opt tag='{{.Nonsense}}' "$IMG" true
  says tag '{{.Name}}'
  fails 125 create --log-opt novalue "$IMG" true
  if [ "$WHERRY_ENV" = nspawn ]; then
    fails 125 create --log-opt max-size=10m "$IMG" true
    says max-size journald.conf
  else
    fails 125 create --log-opt rate-limit-burst=10 "$IMG" true
    says rate-limit-burst
    fails 125 create --log-opt max-size=10m --log-opt max-file=3 "$IMG" true
    says max-file
  fi
}

@test "max-size bounds the file, and a follower sees all" {
  [ "$WHERRY_ENV" = bare ] || skip "systemd's journal is bounded as a whole"
  wherry run -d --name full --log-driver json-file --log-opt max-size=32k "$IMG" \
    sh -c 'sleep 1; i=0; while [ $i -lt 4000 ]; do echo "line $i of many"; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.05; done; sleep 1'
  wherry logs -f full >"$scratch/followed"
  local id size
  id=$(wherry inspect -f '{{.Id}}' full)
  size=$(stat -c %s "$STATE/containers/$id/container.log")
  [ "$size" -le 40000 ]
  equal "$(wherry logs full | tail -1)" 'line 3999 of many'
  [ "$(wherry logs full | wc -l)" -lt 2000 ]
  equal "$(wc -l <"$scratch/followed")" 4000
}

@test "what is dropped for coming too fast is told in line, counted and explained" {
  [ "$WHERRY_ENV" = nspawn ] || skip "conmon has no rate limit"
  wherry run -d --name flood --log-opt rate-limit-interval=2s --log-opt rate-limit-burst=50 "$IMG" \
    sh -c 'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i+1)); done; sleep 4; echo after; sleep 1000'
  eventually 20 logs_contain flood '^after'
  wherry logs flood >"$scratch/out" 2>"$scratch/err"
  # journald takes more than the burst where the disk has much room; none is lost without being counted.
  local dropped shown
  shown=$(grep -c '^line' "$scratch/out")
  [ "$shown" -ge 50 ] && [ "$shown" -lt 500 ]
  dropped=$(sed -n 's/^wherry: \([0-9]*\) messages were dropped here.*/\1/p' "$scratch/err")
  equal "$dropped" $((500 - shown))
  equal "$(wherry inspect -f '{{.State.DroppedMessages}}' flood)" "$dropped"
  wherry why flood | grep -qx 'dropped-messages: '"$dropped"
  # In its place, between what came before and after.
  wherry logs flood 2>&1 | tail -2 | head -1 | grep -q 'were dropped'
  # Another container is not concerned.
  sleeper calm
  wherry why calm | (! grep dropped)
}

@test "chosen labels are fields of the journal" {
  [ "$WHERRY_ENV" = nspawn ] || skip "no journal without systemd"
  wherry run -d --name fields --label com.example.role=web --label PRIORITY=0 --log-opt labels=com.example.role,PRIORITY \
    --log-opt tag=mine "$IMG" echo hello
  wherry wait fields
  eventually 5 sh -c 'journalctl -q -o cat COM_EXAMPLE_ROLE=web CONTAINER_TAG=mine | grep -qx hello'
  equal "$(journalctl -q -o json COM_EXAMPLE_ROLE=web CONTAINER_TAG=mine | jq -r .SYSLOG_IDENTIFIER)" mine
  equal "$(journalctl -q -o json COM_EXAMPLE_ROLE=web CONTAINER_TAG=mine | jq -r .PRIORITY)" 6
}
