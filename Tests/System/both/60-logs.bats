# logs.
load ../lib/common

@test "logs keep the two streams apart and in order" {
  wherry run -d --name talker "$IMG" sh -c 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three'
  wherry wait talker
  run -0 --separate-stderr wherry logs talker
  equal "$output" "$(printf 'one\nthree')"
  equal "$stderr" two
  run -0 bash -c 'wherry logs talker 2>&1'
  equal "$output" "$(printf 'one\ntwo\nthree')"
}

@test "logs --tail prints the last lines" {
  wherry run -d --name counter "$IMG" seq 1 100
  wherry wait counter
  run -0 wherry logs --tail 3 counter
  equal "$output" "$(printf '98\n99\n100')"
  run -0 wherry logs -n 0 counter
  equal "$output" ""
  run -0 wherry logs --tail all counter
  equal "${#lines[@]}" 100
}

@test "logs -t gives RFC 3339 times" {
  wherry run -d --name timed "$IMG" echo line
  wherry wait timed
  run -0 wherry logs -t timed
  [[ "$output" =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)\ line$ ]]
}

@test "logs --since and --until cut by time" {
  wherry run -d --name paced "$IMG" sh -c 'echo early; sleep 2.5; echo late'
  wherry wait paced
  local middle
  middle=$(date -u -d "$(wherry logs -t paced | awk '/early/ { print $1 }') + 1 second" +%Y-%m-%dT%H:%M:%SZ)
  run -0 wherry logs --since "$middle" paced
  equal "$output" late
  run -0 wherry logs --until "$middle" paced
  equal "$output" early
  run -0 wherry logs --since 1h paced
  equal "${#lines[@]}" 2
}

@test "logs -f follows until the container ends" {
  wherry run -d --name growing "$IMG" sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.3; done'
  run -0 timeout 20 wherry logs -f growing
  equal "$output" "$(seq 1 5)"
}

@test "logs -f of a container that has ended returns at once" {
  wherry run -d --name past "$IMG" echo over
  wherry wait past
  run -0 timeout 10 wherry logs -f past
  equal "$output" over
}

@test "logs -f --tail starts near the end and misses nothing after" {
  wherry run -d --name growing "$IMG" sh -c 'seq 1 50; sleep 1; seq 51 60'
  eventually 5 logs_contain growing 50
  run -0 timeout 20 wherry logs -f --tail 2 growing
  equal "$output" "$(seq 49 60)"
}

@test "logs of a restarted container are all there" {
  wherry create --name again "$IMG" sh -c 'echo run'
  for i in 1 2 3; do wherry start again; wherry wait again; done
  equal "$(wherry logs again | wc -l)" 3
}

@test "a last line without its end, an empty line and long lines are kept" {
  wherry run -d --name odd "$IMG" sh -c 'echo; head -c 100000 /dev/zero | tr "\0" x; echo; printf last'
  wherry wait odd
  wherry logs odd >"$scratch/out"
  equal "$(head -1 "$scratch/out")" ""
  equal "$(tr -cd x <"$scratch/out" | wc -c)" 100000
  equal "$(tail -c 4 "$scratch/out")" last
}

@test "attached output is in the logs too" {
  wherry run --name attached "$IMG" sh -c 'echo seen; echo seen too >&2' >/dev/null 2>&1
  run -0 bash -c 'wherry logs attached 2>&1'
  grep -qx seen <<<"$output"
  grep -qx 'seen too' <<<"$output"
}

@test "1 MB/s of logs for ten seconds: nothing is lost, and the daemon stays small" {
  # 100 bytes a line, 10,000 lines a second.
  wherry run -d --name flood "$IMG" sh -c '
    line=$(head -c 88 /dev/zero | tr "\0" x); n=0
    for second in 1 2 3 4 5 6 7 8 9 10; do
      awk -v n=$n -v line=$line "BEGIN { for (i = n; i < n + 10000; i++) printf \"%010d %s\n\", i, line }"
      n=$((n + 10000)); sleep 0.8
    done'
  timeout 60 wherry logs -f flood >"$scratch/followed" 3>&- &
  local follower=$!
  run -0 wherry wait flood
  wait "$follower"
  equal "$(wc -l <"$scratch/followed")" 100000
  equal "$(awk '{ if ($1 + 0 != NR - 1) { print "gap at " NR; exit } }' "$scratch/followed")" ""
  wherry logs flood | cmp - "$scratch/followed"
  local pid
  if pid=$(daemon_pid); then
    local rss
    rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
    echo "# daemon's peak resident memory ${rss} kB" >&3
    [ "$rss" -lt 65536 ]
  fi
}

@test "a follower that does not read costs the daemon little" {
  wherry run -d --name flood "$IMG" sh -c 'while :; do seq 1 100000; done'
  wherry logs -f flood 3>&- | sleep 5 &
  local reader=$!
  sleep 4
  local pid rss
  pid=$(daemon_pid)
  rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
  wherry kill flood
  wait "$reader" || true
  [ "$rss" -lt 65536 ]
}
