# system check: what is damaged is found, and brought back from the registry it came from.
load ../lib/common
. "$TOOLS/images.bash"

DAMAGE=$TOOLS/damage.py

# Bytes of blobs the stub has sent.
blob_bytes() { awk '/\/blobs\// { sum += $NF } END { print sum + 0 }' "$SUITE/stub.log.bytes" 2>/dev/null || echo 0; }

# check STATUS ARG…: runs a check and demands its exit code. $output holds what it said.
check() {
  local wanted=$1
  shift
  run wherry system check "$@"
  echo "check $*: exit $status"
  echo "$output"
  [ "$status" -eq "$wanted" ]
}

# field NAME: of the summary of the last check in JSON.
field() {
  "$PYTHON" -c 'import json, sys; print(json.loads(sys.stdin.read().splitlines()[-1])[sys.argv[1]])' "$1" <<<"$output"
}

# layer_of IMAGE POSITION: its folder; 0 is the lowest.
layer_of() { "$PYTHON" "$DAMAGE" layer "$STATE" "$(wherry image inspect -f '{{json .RootFS.Layers}}' "$1")" "$2"; }

# tree_state FOLDER: every file's type, mode, owner and content.
tree_state() { "$PYTHON" "$DAMAGE" state "$1"; }

drop() { wherry rmi -f "$@" >/dev/null 2>&1 || true; }

# fresh IMAGE: pulled anew.
fresh() {
  drop "$1"
  wherry pull -q "$1"
}

@test "a whole store is whole: exit 0, with counts, in words and in JSON" {
  wherry pull -q "$IMG"
  check 0
  grep -q '^Checked: [0-9]* records, [0-9]* layers, [0-9]* files' <<<"$output"
  grep -q '^Damaged or missing: 0' <<<"$output"
  check 0 --quick --format json
  [ "$(field Files)" -gt 100 ]
  equal "$(field Bytes)" 0
  equal "$(field Damage)" 0
  check 0 --format json
  [ "$(field Bytes)" -gt 500000 ]
  check 2 --no-such-flag
  check 2 word
}

@test "files damaged at random are all found, and all brought back by one request for their layer" {
  local image seed=$((RANDOM * 32768 + RANDOM)) layer bytes requests made count
  echo "seed $seed"
  "$PYTHON" "$PUSH" --registry "$REGISTRY" --name many --rootfs "$(many_files)" --cmd '["sh"]' >/dev/null
  image=$REGISTRY/many:latest
  fresh "$image"
  layer=$(layer_of "$image" 0)
  tree_state "$layer/tree" >"$scratch/before"
  made=$("$PYTHON" "$DAMAGE" files "$layer/tree" "$seed" 60)
  count=$(wc -l <<<"$made")
  echo "$made"
  check 1 --format json
  equal "$(field Damage)" "$count"
  while read -r _ path; do grep -qF "\"Path\":\"$path\"" <<<"$output"; done <<<"$made"
  # Quick sees all but changed content of the same length.
  check 1 --quick --format json
  equal "$(field Damage)" "$(grep -vc '^flip' <<<"$made")"
  check 0 --repair --format json
  equal "$(field Damage)" "$count"
  equal "$(field Repaired)" "$count"
  equal "$(field Fetched)" 1
  tree_state "$layer/tree" | diff "$scratch/before" -
  check 0
  eventually 5 staging_is_empty
  # What was no file of the layer's was set aside, not deleted.
  equal "$(ls "$STATE/damaged" | grep -c extra)" "$(grep -c '^extra' <<<"$made")"
  rm -rf "$STATE"/damaged/*
  drop "$image"
}

# many_files: a folder of 300 files in folders, with links of both kinds and a device.
many_files() {
  "$PYTHON" - "$SUITE/root-box" "$scratch/many" <<'END'
import os, random, shutil, sys
rng = random.Random(1)
shutil.copytree(sys.argv[1], sys.argv[2], symlinks=True)
for number in range(300):
    folder = f"{sys.argv[2]}/data/{number % 7}/{number % 5}"
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}/file-{number}"
    with open(path, "wb") as file:
        file.write(rng.randbytes(rng.randrange(1, 20000)))
    os.chown(path, rng.randrange(3), rng.randrange(3))
    os.chmod(path, rng.choice([0o644, 0o755, 0o4755, 0o600]))
    if number % 10 == 0:
        os.symlink(f"file-{number}", f"{folder}/link-{number}")
    if number % 25 == 0:
        os.link(path, f"{folder}/hard-{number}")
os.mkfifo(f"{sys.argv[2]}/data/fifo")
END
  echo "$scratch/many"
}

@test "a damaged file costs one request for its layer, and good files are not written again" {
  local image=$STUB/untouched/image:latest layer bytes requests
  fresh "$image"
  layer=$(layer_of "$image" 1)
  : >"$layer/tree/of-untouched"
  requests=$(stub_requests untouched/)
  bytes=$(blob_bytes)
  check 0 --repair
  equal "$(stat -c %s "$layer/tree/of-untouched")" 10000
  # The upper of its two layers, of ten thousand bytes that do not compress, and nothing else.
  equal "$(($(stub_requests untouched/) - requests))" 1
  bytes=$(($(blob_bytes) - bytes))
  echo "$bytes bytes fetched"
  [ "$bytes" -gt 10000 ]
  [ "$bytes" -lt 11000 ]
  layer=$(layer_of "$image" 0)
  : >"$layer/tree/etc/passwd"
  find "$layer/tree" -type f ! -path '*/etc/passwd' -printf '%P %i %C@\n' | sort >"$scratch/before"
  check 0 --repair
  find "$layer/tree" -type f ! -path '*/etc/passwd' -printf '%P %i %C@\n' | sort | diff "$scratch/before" -
  grep -q root:x:0 "$layer/tree/etc/passwd"
}

@test "records of every kind, damaged, are found and brought back" {
  local image=$STUB/records/image:latest seed=$((RANDOM * 32768 + RANDOM)) id layer image_id name_file file kind
  echo "seed $seed"
  fresh "$image"
  wherry network create checknet
  wherry volume create checkvol
  wherry create --name checked --network checknet -v checkvol:/data "$image" sh
  id=$(wherry inspect -f '{{.Id}}' checked)
  layer=$(layer_of "$image" 1)
  image_id=$(wherry image inspect -f '{{.Id}}' "$image")
  name_file=$(printf %s "$image" | sha256sum | cut -d' ' -f1)
  for file in "$STATE/containers/$id/record.cbor" "$STATE/networks/checknet.cbor" \
    "$STATE/volumes/checkvol/record.cbor" "$STATE/images/records/${image_id#sha256:}.cbor" \
    "$STATE/images/names/$name_file.cbor" "$layer/layer.cbor" "$STATE/images/blobs/sha256-${image_id#sha256:}"; do
    "$PYTHON" "$DAMAGE" record "$file" "$seed"
  done
  check 1 --format json
  for kind in container network volume image name layer; do
    grep -q "\"Kind\":\"$kind\"" <<<"$output" || { echo "no damage of $kind"; false; }
  done
  check 0 --repair
  check 0
  run -0 wherry image inspect -f '{{.Id}}' "$image"
  equal "$output" "$image_id"
  daemon_kill
  daemon_start
  run -0 wherry start -a checked
  wherry network inspect checknet >/dev/null
  wherry volume inspect checkvol >/dev/null
  wherry rm -f checked
  wherry network rm checknet
  wherry volume rm checkvol
  rm -rf "$STATE"/damaged/*
}

@test "without the registry nothing is lost, and what cannot be repaired is told" {
  local port image layer pid file
  port=$(free_port)
  pid=$(start_stub_at "$port")
  image=127.0.0.1:$port/offline/image:latest
  wherry pull -q "$image"
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  layer=$(layer_of "$image" 1)
  file=of-offline
  cp -a "$layer/tree/$file" "$scratch/kept"
  printf X | dd of="$layer/tree/$file" bs=1 seek=77 conv=notrunc status=none
  chmod 700 "$layer/tree/$file"
  cp -a "$layer/tree/$file" "$scratch/damaged"
  check 1 --repair
  grep -q "damaged (kept) layer .* /$file: its content has changed; not repaired" <<<"$output"
  grep -q '; do: ' <<<"$output"
  cmp "$layer/tree/$file" "$scratch/damaged"
  # It can be reached again.
  pid=$(start_stub_at "$port")
  check 0 --repair
  cmp "$layer/tree/$file" "$scratch/kept"
  equal "$(stat -c '%a %u %g %Y' "$layer/tree/$file")" "$(stat -c '%a %u %g %Y' "$scratch/kept")"
  check 0
  kill "$pid"
  drop "$image"
}

@test "a layer under a running container is made anew beside it" {
  local image=$STUB/running/image:latest layer
  fresh "$image"
  layer=$(layer_of "$image" 1)
  wherry run -d --name up "$image" sh -c 'trap "exit 0" TERM; sleep 1000 & wait'
  cp "$layer/tree/of-running" "$scratch/kept"
  printf X | dd of="$layer/tree/of-running" bs=1 seek=99 conv=notrunc status=none
  check 0 --repair
  grep -q 'until it starts again: wherry stop up; wherry start up' <<<"$output"
  cmp "$layer/tree/of-running" "$scratch/kept"
  has_state up running
  run -0 wherry exec up echo still
  equal "$output" still
  check 0
  wherry stop -t 1 up
  wherry start up
  wherry exec up cat /of-running | cmp - "$scratch/kept"
  wherry rm -f up
  rm -rf "$STATE"/damaged/*
}

@test "a layer whose list, tree or folder is gone is fetched wholly" {
  local image=$STUB/wreck/image:latest layer
  fresh "$image"
  layer=$(layer_of "$image" 1)
  tree_state "$layer/tree" >"$scratch/before"
  truncate -s 10 "$layer/files"
  check 1
  grep -q 'the list of its files is damaged' <<<"$output"
  check 0 --repair
  tree_state "$layer/tree" | diff "$scratch/before" -
  rm -rf "$layer/tree"
  check 1
  check 0 --repair
  tree_state "$layer/tree" | diff "$scratch/before" -
  mv "$layer" "$scratch/layer"
  check 1
  grep -q '^missing layer' <<<"$output"
  check 0 --repair
  tree_state "$layer/tree" | diff "$scratch/before" -
  check 0
  rm -rf "$STATE"/damaged/*
}

@test "what an older Wherry committed is checked by structure, and said to be so" {
  local image=$STUB/older/image:latest layer
  fresh "$image"
  layer=$(layer_of "$image" 1)
  "$PYTHON" "$DAMAGE" unlist "$layer"
  check 0
  grep -q 'only its structure was checked' <<<"$output"
  grep -q '^By structure only: 1 ' <<<"$output"
  drop "$image"
}

@test "leftovers are told and left" {
  mkdir "$STATE/staging/forgotten.1" "$STATE/layers/nonsense"
  touch -d '2 days ago' "$STATE/staging/forgotten.1"
  check 0
  grep -q '^leftover staging forgotten.1' <<<"$output"
  grep -q '^leftover layer nonsense' <<<"$output"
  check 0 --repair
  [ -d "$STATE/layers/nonsense" ]
  rmdir "$STATE/layers/nonsense" "$STATE/staging/forgotten.1"
}

@test "a check beside pulls, removals and starts finds nothing, and holds nobody up" {
  local image=$STUB/beside/image pids=() number
  for number in 1 2 3; do wherry pull -q "$image-$number:latest"; done
  for number in $(seq 6); do
    wherry system check --quick -q >"$scratch/check-$number" 2>&1 &
    pids+=($!)
  done
  for number in 1 2 3; do
    wherry rmi -f "$image-$number:latest" >/dev/null
    wherry run --rm "$IMG" true
    wherry pull -q "$image-$number:latest" >/dev/null
  done
  for number in "${pids[@]}"; do
    wait "$number" || { cat "$scratch"/check-*; false; }
  done
  drop "$image-1:latest" "$image-2:latest" "$image-3:latest"
}

# power_cut: as after one; the daemon is new. In the machine systemd's note of an orderly shutdown must not be there.
power_cut() {
  daemon_kill
  "$PYTHON" "$DAMAGE" boot "$STATE" cut
  if [ "$WHERRY_ENV" = nspawn ]; then
    rm -rf /run/wherry/verified
    mv /var/log/wtmp /var/log/wtmp.kept 2>/dev/null || true
  else
    rm -rf "$SUITE/run/verified"
  fi
  daemon_start
  wherry ps -q >/dev/null
  if [ "$WHERRY_ENV" = nspawn ]; then mv /var/log/wtmp.kept /var/log/wtmp 2>/dev/null || true; fi
}

@test "after a power cut what is damaged does not start, why tells, and repair makes it start" {
  local image=$STUB/after/image:latest layer
  fresh "$image"
  layer=$(layer_of "$image" 1)
  wherry create --name hurt "$image" sh -c 'echo fine'
  # As a power cut leaves it: no bytes.
  : >"$layer/tree/of-after"
  power_cut
  fails any start hurt
  says "container hurt is not started" "layer $(basename "$layer" | cut -c1-12)" /of-after 'system check --repair'
  run -0 wherry why hurt
  grep -q 'layer .* is damaged' <<<"$output"
  grep -q /of-after <<<"$output"
  # Others start.
  run -0 wherry run --rm "$IMG" echo others
  equal "$output" others
  check 0 --repair
  run -0 wherry start -a hurt
  equal "$output" fine
  wherry rm -f hurt
}

@test "after an orderly end nothing is looked at" {
  local image=$STUB/orderly/image:latest layer
  [ "$WHERRY_ENV" = bare ] || skip "the daemon of the machine is systemd's"
  fresh "$image"
  layer=$(layer_of "$image" 1)
  wherry create --name unlooked "$image" sh -c 'echo fine'
  : >"$layer/tree/of-orderly"
  pid=$(daemon_pid)
  kill -TERM "$pid"
  eventually 10 bash -c "! kill -0 $pid 2>/dev/null"
  # It says so itself, and believes it in the next boot.
  equal "$("$PYTHON" "$DAMAGE" ended "$STATE")" orderly
  "$PYTHON" "$DAMAGE" boot "$STATE" orderly
  daemon_start
  run -0 wherry start -a unlooked
  equal "$output" fine
  power_cut
  fails any start unlooked
  wherry rm -f unlooked
  drop "$image"
  check 0
}
