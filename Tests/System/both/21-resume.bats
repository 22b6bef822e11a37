# Pulls that are interrupted go on where they were: the registry counts the bytes.
load ../lib/common

# What the files before this one interrupted goes, and the small layer is here: only the big one is fetched.
setup_file() {
  wherry image prune -f >/dev/null
  wherry pull -q "$STUB/good/base:latest" >/dev/null
}

# served REPOSITORY: bytes of its largest blob that the stub has sent.
served() {
  awk -v name="/v2/$1/" 'index($1, name) == 1 { sum[$1] += $3 } END { for (p in sum) if (sum[p] > max) max = sum[p]; print max + 0 }' \
    "$SUITE/stub.log.bytes"
}
has_served() { [ "$(served "$1")" -ge "$2" ]; }
asked_for_a_range() { grep -q "GET /v2/$1/blobs/sha256:[0-9a-f]* 206" "$SUITE/stub.log"; }
kept() { du -cb "$STATE"/staging/pull.*/spool/sha256-* "$STATE"/staging/partial/sha256-* 2>/dev/null | awk 'END { print $1 + 0 }'; }
kept_nothing() { staging_is_empty && [ ! -e "$STATE/staging/partial" ]; }
has_kept() { [ "$(kept)" -ge "$1" ]; }

# 30 MiB of content; what the network had sent but nobody had read is sent again, and so is what waited in memory.
fetched_once() {
  local bytes
  # The stub notices that a client is gone when it sends it more.
  eventually 10 has_served "$1" $((30 << 20))
  bytes=$(served "$1")
  echo "the registry sent $bytes bytes"
  [ "$bytes" -le $(((30 << 20) + (2 << 20))) ]
}

begin() { # REPOSITORY
  wherry pull "$STUB/$1:latest" >"$scratch/out" 2>&1 3>&- &
  client=$!
  eventually 30 has_kept $((5 << 20))
}

whole() { # REPOSITORY
  run -0 wherry run --rm "$STUB/$1:latest" sh -c 'stat -c %s /big-*'
  equal "$output" $((30 << 20))
  eventually 5 kept_nothing
}

@test "a pull goes on after the daemon was killed" {
  local client
  begin resume-daemon/image
  daemon_kill
  ended "$client" badly
  daemon_start
  has_kept $((5 << 20))
  run -0 wherry pull "$STUB/resume-daemon/image:latest"
  asked_for_a_range resume-daemon/image
  fetched_once resume-daemon/image
  whole resume-daemon/image
}

@test "a pull goes on after its worker was killed" {
  local client
  begin resume-worker/image
  # The daemon's only child.
  kill -KILL $(pgrep -P "$(daemon_pid)")
  ended "$client" badly
  run -0 wherry pull "$STUB/resume-worker/image:latest"
  asked_for_a_range resume-worker/image
  fetched_once resume-worker/image
  whole resume-worker/image
}

@test "a pull goes on after the user interrupted it" {
  local client
  begin resume-user/image
  kill -TERM "$client"
  ended "$client" badly
  eventually 5 test -d "$STATE/staging/partial"
  run -0 wherry pull "$STUB/resume-user/image:latest"
  fetched_once resume-user/image
  whole resume-user/image
}

@test "kept bytes that were damaged meanwhile cost a new download, not the image" {
  local client file
  begin resume-damaged/image
  kill -TERM "$client"
  ended "$client" badly
  eventually 5 test -d "$STATE/staging/partial"
  file=$(ls "$STATE"/staging/partial/sha256-*)
  printf 'damage' | dd of="$file" bs=1 seek=$((1 << 20)) conv=notrunc 2>/dev/null
  run -0 wherry pull "$STUB/resume-damaged/image:latest"
  whole resume-damaged/image
}

@test "what interrupted downloads left goes with prune, which says so first" {
  local client
  begin resume-pruned/image
  kill -TERM "$client"
  ended "$client" badly
  eventually 5 test -d "$STATE/staging/partial"
  run -0 wherry image prune --dry-run
  grep -q 'interrupted downloads, ' <<<"$output"
  test -d "$STATE/staging/partial"
  run -0 wherry image prune -f
  grep -Eq 'Total reclaimed space: [1-9]' <<<"$output"
  eventually 5 kept_nothing
}

@test "--limit-rate holds a pull back" {
  local before
  before=$(date +%s%N)
  wherry pull -q --limit-rate 10m "$STUB/big-limited/image:latest"
  # 30 MiB, which take 3 s.
  [ $((($(date +%s%N) - before) / 1000000)) -ge 2000 ]
}
