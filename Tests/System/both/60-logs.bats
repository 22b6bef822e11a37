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

# journald keeps neither empty lines nor blanks at a line's end of what it reads from a stream (journald-stream.c).
# Under systemd they are all that is lost, because no process stands between a container and the journal.
@test "logs are byte for byte: a last line without its end, blanks, empty and long lines" {
  wherry run -d --name odd "$IMG" sh -c \
    'echo; echo "  two before, two after  "; echo; printf "\ttab\t\n"; x=$(head -c 100000 /dev/zero | tr "\0" x); echo "$x"; printf last'
  wherry wait odd
  wherry logs odd >"$scratch/out"
  {
    printf '\n  two before, two after  \n\n\ttab\t\n'
    head -c 100000 /dev/zero | tr '\0' x
    printf '\nlast'
  } >"$scratch/written"
  if [ "$WHERRY_ENV" = nspawn ]; then
    sed -Ei 's/[[:blank:]]+$//; /^$/d' "$scratch/written"
  fi
  cmp "$scratch/written" "$scratch/out"
}

@test "attached output is in the logs too" {
  wherry run --name attached "$IMG" sh -c 'echo seen; echo seen too >&2' >/dev/null 2>&1
  run -0 bash -c 'wherry logs attached 2>&1'
  grep -qx seen <<<"$output"
  grep -qx 'seen too' <<<"$output"
}

# own_memory: kB of the daemon that are nobody else's and cannot be dropped; 0 where it is not there. Its binary and
# the journal's files are mapped too, but those pages are the page cache's.
own_memory() {
  local pid
  pid=$(daemon_pid) || { echo 0; return; }
  awk '/^RssAnon/ { kb = $2 } END { print kb + 0 }' "/proc/$pid/status" 2>/dev/null || echo 0
}

larger() { echo $(($1 > $2 ? $1 : $2)); }

@test "1 MB/s of logs for ten seconds: nothing is lost, and the daemon stays small" {
  # 100 bytes a line, 10,000 lines a second.
  wherry run -d --name flood "$IMG" sh -c '
    line=$(head -c 88 /dev/zero | tr "\0" x); n=0
    for second in 1 2 3 4 5 6 7 8 9 10; do
      awk -v n=$n -v line=$line "BEGIN { for (i = n; i < n + 10000; i++) printf \"%010d %s\n\", i, line }"
      n=$((n + 10000)); sleep 0.8
    done'
  timeout 60 wherry logs -f flood >"$scratch/followed" 3>&- &
  local follower=$! largest=0
  while kill -0 "$follower" 2>/dev/null; do
    largest=$(larger "$largest" "$(own_memory)")
    sleep 0.2
  done
  wait "$follower"
  run -0 wherry wait flood
  equal "$(wc -l <"$scratch/followed")" 100000
  equal "$(awk '{ if ($1 + 0 != NR - 1) { print "gap at " NR; exit } }' "$scratch/followed")" ""
  wherry logs flood | cmp - "$scratch/followed"
  echo "# daemon's own memory at most ${largest} kB" >&3
  [ "$largest" -gt 0 ]
  [ "$largest" -lt 16384 ]
}

@test "a follower that does not read costs the daemon little" {
  wherry run -d --name flood "$IMG" sh -c 'while :; do seq 1 100000; done'
  wherry logs -f flood 3>&- | sleep 5 &
  local reader=$!
  sleep 4
  local memory
  memory=$(own_memory)
  wherry kill flood
  wait "$reader" || true
  echo "# daemon's own memory ${memory} kB" >&3
  [ "$memory" -gt 0 ]
  [ "$memory" -lt 16384 ]
}

@test "the logs of several containers come together, each line behind its name" {
  wherry run --name web "$IMG" sh -c 'echo one; sleep 0.2; echo three; echo wrong >&2'
  wherry run --name db "$IMG" sh -c 'echo two'
  run -0 --separate-stderr wherry logs db web
  equal "$(sort <<<"$output")" "$(printf '%s\n' 'db  | two' 'web | one' 'web | three' | sort)"
  equal "$stderr" "web | wrong"
  run -0 --separate-stderr wherry logs -n 1 db web
  equal "$(printf '%s\n' "$output" "$stderr" | grep -c .)" 2
  wherry run -d --name live "$IMG" sh -c 'sleep 0.5; echo late'
  run -0 timeout 20 wherry logs -f db live
  equal "$output" "$(printf 'db   | two\nlive | late')"
  fails 1 logs web nobody
  says nobody
  equal "$(wherry logs --details db)" " two"
}
