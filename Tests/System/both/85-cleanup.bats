# Clean-up that runs itself: a second daemon with a policy of its own, and real images.
load ../lib/common

setup() {
  scratch=$(mktemp -d "$SUITE/test.XXXXXX")
  mkdir -p "$scratch/state" "$scratch/run"
}

teardown() {
  stop_second
  ! mountpoint -q "$scratch/state" || umount "$scratch/state"
  rm -rf --one-file-system "$scratch"
}

stop_second() {
  [ -n "${second:-}" ] || return 0
  kill "$second" 2>/dev/null || true
  eventually 10 bash -c "! kill -0 $second 2>/dev/null"
  second=
}

# second_daemon POLICY: starts it with that `cleanup`; `other` talks to it.
second_daemon() {
  echo "{\"cleanup\": $1}" >"$scratch/daemon.json"
  wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" \
    --socket "$scratch/run/wherry.sock" --supervisor conmon </dev/null >"$scratch/daemon.log" 2>&1 3>&- 4>&- &
  second=$!
  disown $second
  eventually 10 other version >/dev/null || { cat "$scratch/daemon.log"; return 1; }
}
other() { WHERRY_HOST=unix://$scratch/run/wherry.sock wherry "$@"; }
tags() { other images --format '{{.Repository}}:{{.Tag}}' | sort; }
has_tags() { [ "$(tags)" = "$1" ]; }

# release NUMBER…: pushes $REGISTRY/app with these tags, each another image.
release() {
  local number
  for number; do
    push --name app --tag "$number" --rootfs "$SUITE/root-box" --cmd "[\"echo\",\"$number\"]" >/dev/null
  done
}

# deploy NUMBER…: container web of one release after another, the last stays.
deploy() {
  local number
  for number; do
    other rm -f web >/dev/null 2>&1 || true
    other pull -q "$REGISTRY/app:$number" >/dev/null
    other create --name web "$REGISTRY/app:$number" >/dev/null
  done
}

@test "of replaced containers the current image and the one before stay, the third goes, and events tell" {
  release 1 2 3
  second_daemon '{"minimum-age": 0, "high-threshold": 100}'
  local since
  since=$(date +%s)
  deploy 1 2 3
  # By itself: nobody has asked for it.
  eventually 10 has_tags "$(printf '%s\n' "$REGISTRY/app:2" "$REGISTRY/app:3")"
  grep -q "cleaned up: image $REGISTRY/app:1: replaced" "$scratch/daemon.log"
  run -0 other events --since "$since" --until "$(($(date +%s) + 1))" --filter type=image \
    --filter event=untag --filter event=delete --format '{{.Action}} {{.Actor.Attributes.name}}'
  grep -qx "untag $REGISTRY/app:1" <<<"$output"
  grep -q '^delete sha256:' <<<"$output"
  run -0 other events --since "$since" --until "$(($(date +%s) + 1))" --filter event=prune --format '{{.Type}} {{.Action}}'
  grep -qx 'image prune' <<<"$output"
  # What stays is whole.
  other inspect web >/dev/null
  run -0 other system check --format json
}

@test "a dry run says what and how much and changes nothing; a pinned image stays" {
  release 1 2 3 4
  second_daemon '{"minimum-age": 0, "high-threshold": 100, "enabled": false}'
  deploy 1 2 3 4
  other image pin "$REGISTRY/app:1"
  equal "$(other image inspect -f '{{.Pinned}}' "$REGISTRY/app:1")" true
  equal "$(other images -q --filter pinned=true | wc -l)" 1
  run -0 other system prune --policy --dry-run
  grep -qE "^image $REGISTRY/app:2 \([0-9.]+k?M?B\): replaced" <<<"$output"
  grep -q 'would be reclaimed$' <<<"$output"
  refute grep -q 'app:1' <<<"$output"
  equal "$(tags | wc -l)" 4
  # Asked, and answered with no.
  run -0 bash -c "WHERRY_HOST=unix://$scratch/run/wherry.sock wherry system prune --policy <<<n"
  equal "$(tags | wc -l)" 4
  run -0 other system prune --policy -f
  has_tags "$(printf '%s\n' "$REGISTRY/app:1" "$REGISTRY/app:3" "$REGISTRY/app:4")"
  # Not even prune takes it, until it is not pinned any more.
  other rm -f web
  other image prune -a -f
  has_tags "$REGISTRY/app:1"
  other image unpin "$REGISTRY/app:1"
  other image prune -a -f
  has_tags ""
  fails any --host "unix://$scratch/run/wherry.sock" image pin "$REGISTRY/app:1"
  says 'No such image'
}

@test "a disk that fills up loses unused images, the oldest first, down to the low threshold" {
  mount -t tmpfs -o size=96m wherry-test "$scratch/state"
  local number
  second_daemon '{"minimum-age": 0, "enabled": false, "high-threshold": 45, "low-threshold": 30}'
  for number in 1 2 3 4; do
    mkdir "$scratch/root"
    random_file "$scratch/root/data" 12
    tar -C "$scratch/root" -cf "$scratch/root.tar" .
    other import "$scratch/root.tar" "made-$number:x" >/dev/null
    rm -rf "$scratch/root"
  done
  # Each of another name, and the newest of its name would be kept as what comes next.
  for number in 1 2 3 4; do
    other tag "made-$number:x" "kept:$number"
    other rmi "made-$number:x" >/dev/null
  done
  run -0 other system prune --policy -f
  grep -q 'full' <<<"$output"
  # 48 of 96 MiB are over 45 %, and two images less are under 30 %.
  has_tags "$(printf '%s\n' docker.io/library/kept:3 docker.io/library/kept:4)" || has_tags "$(printf '%s\n' kept:3 kept:4)"
  run -0 other system prune --policy --dry-run
  grep -q '^0B would be reclaimed' <<<"$output"
}

@test "what was set aside is told, and goes when something whole is in its place" {
  second_daemon '{"damaged-age": 0, "enabled": false}'
  other pull -q "$IMG" >/dev/null
  local layer=("$scratch"/state/layers/*) name
  name=$(basename "${layer[0]}")
  rm -rf "${layer[0]}/tree"
  run -0 other system check --repair
  ls "$scratch/state/damaged" | grep -q "^layers-$name"
  echo mine >"$scratch/state/damaged/networks-mine.cbor.x"
  run -0 other system check
  grep -q 'has been replaced; do: it goes' <<<"$output" || grep -q 'has been replaced; do: look' <<<"$output"
  run -0 other system df
  grep -q '^Set Aside *2' <<<"$output"
  run -0 other system prune --policy -f
  equal "$(ls "$scratch/state/damaged")" networks-mine.cbor.x
}

@test "prune says what and how much before it asks, and system prune takes all of it" {
  second_daemon '{"enabled": false}'
  other pull -q "$IMG" >/dev/null
  other create --name down "$IMG" >/dev/null
  other network create lonely >/dev/null
  run -0 other container prune --dry-run
  grep -q "^container $(other inspect -f '{{.Id}}' down | cut -c1-12)" <<<"$output"
  run -0 other network prune --dry-run
  grep -qx 'network lonely' <<<"$output"
  run -0 bash -c "WHERRY_HOST=unix://$scratch/run/wherry.sock wherry system prune -a <<<n"
  grep -qx 'network lonely' <<<"$output"
  grep -q 'would be reclaimed' <<<"$output"
  other inspect down >/dev/null
  run -0 other system prune -a -f
  grep -q '^Total reclaimed space: ' <<<"$output"
  has_tags ""
  equal "$(other ps -aq)" ""
  fails any other system prune --policy --all
}

@test "a policy that makes no sense keeps the daemon from starting, and says why" {
  local json
  for json in '{"low-threshold": 90}' '{"keep-previous": 101}' '{"minimum-age": -1}' '{"no": 1}'; do
    echo "{\"cleanup\": $json}" >"$scratch/daemon.json"
    run wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" --supervisor conmon
    [ "$status" -ne 0 ]
    grep -qE 'low-threshold|keep-previous|minimum-age|unknown key' <<<"$output"
  done
}
