# Layers that are pushed in chunks, and updates that fetch only what is new; a proxy counts what the registry sends.
load ../lib/common

setup_file() {
  command -v zstd >/dev/null || skip "zstd is not installed"
  . "$TOOLS/images.bash"
  export COUNTED COUNTS
  COUNTS=$SUITE/chunked.log
  COUNTED=127.0.0.1:$(free_port)
  "$PYTHON" "$TOOLS/counting_proxy.py" "${COUNTED##*:}" "${REGISTRY##*:}" "$COUNTS" </dev/null >"$SUITE/proxy.out" 2>&1 3>&- 4>&- &
  echo $! >"$SUITE/proxy.pid"
  disown
  eventually 10 reachable "${COUNTED##*:}"
  : >"$COUNTS"
  # An application of many files, of a large one with text in it, and of one with holes; and its update.
  local old=$SUITE/chunked-old new=$SUITE/chunked-new
  mkdir -p "$old/usr/lib/app" "$old/var"
  random_file "$old/usr/lib/app/model" 12
  head -c 8000000 /dev/urandom | base64 >"$old/usr/lib/app/table"
  "$PYTHON" - "$old" <<'P'
import os, random, sys
random.seed(1)
for number in range(1500):
    folder = f"{sys.argv[1]}/usr/lib/app/{number % 40}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/file-{number}", "wb") as file:
        file.write(random.randbytes(random.randrange(0, 4000)) * 3)
with open(f"{sys.argv[1]}/var/holes", "wb") as file:
    file.write(b"begin")
    file.seek(3 << 20)
    file.write(b"end")
os.symlink("app/model", f"{sys.argv[1]}/usr/lib/link")
os.link(f"{sys.argv[1]}/usr/lib/app/model", f"{sys.argv[1]}/usr/lib/hard")
P
  cp -a "$old" "$new"
  # 50 KB: inserted into the large file, and two of the small ones.
  "$PYTHON" - "$new" <<'P'
import os, random, sys
random.seed(2)
path = f"{sys.argv[1]}/usr/lib/app/model"
data = open(path, "rb").read()
middle = len(data) // 2 + 77
open(path, "wb").write(data[:middle] + random.randbytes(46000) + data[middle:])
open(f"{sys.argv[1]}/usr/lib/app/3/file-3", "wb").write(random.randbytes(3000))
open(f"{sys.argv[1]}/usr/lib/app/new", "w").write("new")
P
  local tag
  for tag in old new; do
    push --name plain --tag "$tag" --rootfs "$SUITE/root-box" --rootfs "$SUITE/chunked-$tag" --cmd '["sh"]' >/dev/null
    wherry pull -q "$REGISTRY/plain:$tag" >/dev/null
    wherry tag "$REGISTRY/plain:$tag" "$REGISTRY/chunked:$tag"
    wherry push --chunked -q "$REGISTRY/chunked:$tag" >/dev/null
    wherry rmi -f "$REGISTRY/plain:$tag" "$REGISTRY/chunked:$tag" >/dev/null
  done
}

teardown_file() {
  [ ! -f "$SUITE/proxy.pid" ] || kill "$(cat "$SUITE/proxy.pid")" 2>/dev/null || true
}

setup() {
  command -v zstd >/dev/null || skip "zstd is not installed"
  scratch=$(mktemp -d "$SUITE/test.XXXXXX")
  wherry images -q | sort -u | xargs -r wherry rmi -f >/dev/null 2>&1 || true
  wherry pull -q "$IMG" >/dev/null
  : >"$COUNTS"
  rm -f "$COUNTS.whole" "$COUNTS.cut"
}

counted() { awk '{ sum += $4 } END { print sum + 0 }' "$COUNTS"; }
layer_size() { "$PYTHON" "$TOOLS/chunked.py" size "$REGISTRY" chunked "$1"; }
tree_sum() {
  wherry run --rm "$1" sh -c 'cd / && find usr var -xdev -type f | sort | xargs sha256sum; readlink usr/lib/link; stat -c %h usr/lib/hard'
}

@test "what push --chunked writes is zstd:chunked: lists, chunks, tar-split, and a plain zstd blob" {
  run -0 "$PYTHON" "$TOOLS/chunked.py" check "$REGISTRY" chunked old
  echo "$output"
  # Two layers; the application's has more chunks than files.
  equal "${#lines[@]}" 2
  read -r _ files chunks _ <<<"${lines[1]}"
  [ "$files" -gt 1400 ]
  [ "$chunks" -gt $((files + 100)) ]
}

@test "pushed again it is the same blob, and nothing is sent" {
  wherry pull -q "$REGISTRY/chunked:old" >/dev/null
  wherry tag "$REGISTRY/chunked:old" "$REGISTRY/chunked:again"
  run -0 wherry push --chunked "$REGISTRY/chunked:again"
  grep -q 'Layer already exists' <<<"$output"
  refute grep -q ': Pushed' <<<"$output"
  # From an image that came as gzip, too.
  wherry rmi -f "$REGISTRY/chunked:old" "$REGISTRY/chunked:again" >/dev/null
  wherry pull -q "$REGISTRY/plain:old" >/dev/null
  wherry tag "$REGISTRY/plain:old" "$REGISTRY/chunked:gzip"
  run -0 wherry push --chunked "$REGISTRY/chunked:gzip"
  refute grep -q ': Pushed' <<<"$output"
}

@test "an update moves a twentieth of the layer at most" {
  local size whole
  size=$(layer_size new)
  wherry pull -q "$COUNTED/chunked:old" >/dev/null
  : >"$COUNTS"
  run -0 wherry pull "$COUNTED/chunked:new"
  echo "$output"
  cat "$COUNTS"
  echo "moved $(counted) of $size bytes"
  [ "$(counted)" -le $((size / 20)) ]
  tree_sum "$COUNTED/chunked:new" >"$scratch/parts"
  # The same image whole.
  wherry images -q | sort -u | xargs wherry rmi -f >/dev/null
  : >"$COUNTS.whole"
  wherry pull -q "$COUNTED/chunked:new" >/dev/null
  tree_sum "$COUNTED/chunked:new" | cmp - "$scratch/parts"
  [ -s "$scratch/parts" ]
}

@test "an update of an image that came as gzip does as well" {
  local size
  size=$(layer_size new)
  wherry pull -q "$REGISTRY/plain:old" >/dev/null
  run -0 wherry pull "$COUNTED/chunked:new"
  echo "moved $(counted) of $size bytes"
  [ "$(counted)" -le $((size / 20)) ]
}

@test "a layer that came in parts is checked, saved and pushed like any other" {
  wherry pull -q "$COUNTED/chunked:old" >/dev/null
  wherry pull -q "$COUNTED/chunked:new" >/dev/null
  run -0 wherry system check
  wherry save -o "$scratch/saved.tar" "$COUNTED/chunked:new"
  wherry tag "$COUNTED/chunked:new" "$REGISTRY/chunked:back"
  run -0 wherry push "$REGISTRY/chunked:back"
  grep -q 'Layer already exists' <<<"$output"
}

@test "a registry that sends no parts gives the whole layer" {
  wherry pull -q "$COUNTED/chunked:old" >/dev/null
  : >"$COUNTS.whole"
  run -0 wherry pull "$COUNTED/chunked:new"
  grep -q 'fetching the layer whole' <<<"$output"
  wherry run --rm "$COUNTED/chunked:new" cat /usr/lib/app/new
}

@test "a connection that breaks in every part costs attempts, not the update" {
  local size
  size=$(layer_size new)
  wherry pull -q "$COUNTED/chunked:old" >/dev/null
  : >"$COUNTS"
  : >"$COUNTS.cut"
  run -0 wherry pull "$COUNTED/chunked:new"
  echo "$output"
  cat "$COUNTS"
  [ "$(wc -l <"$COUNTS")" -gt 4 ]
  [ "$(counted)" -le $((size / 10)) ]
  equal "$(wherry run --rm "$COUNTED/chunked:new" cat /usr/lib/app/new)" new
}

@test "contents that are damaged or lie give the whole layer" {
  local how
  for how in checksum position digest outside overflow backwards swapped garbage bomb; do
    echo "$how"
    "$PYTHON" "$TOOLS/chunked.py" damage "$REGISTRY" chunked new "$how" "$how"
    wherry pull -q "$REGISTRY/chunked:old" >/dev/null
    run -0 wherry pull "$REGISTRY/chunked:$how"
    echo "$output"
    grep -q 'fetching the layer whole' <<<"$output"
    equal "$(wherry run --rm "$REGISTRY/chunked:$how" cat /usr/lib/app/new)" new
    wherry rmi -f "$REGISTRY/chunked:$how" "$REGISTRY/chunked:old" >/dev/null
  done
  eventually 5 staging_is_empty
}

@test "files here that are not what their list says give the whole layer" {
  wherry pull -q "$REGISTRY/chunked:old" >/dev/null
  local file
  file=$(ls "$STATE"/layers/*/tree/usr/lib/app/table)
  printf 'damage' | dd of="$file" bs=1 seek=100000 conv=notrunc 2>/dev/null
  run -0 wherry pull "$REGISTRY/chunked:new"
  grep -q 'fetching the layer whole' <<<"$output"
  wherry rmi -f "$REGISTRY/chunked:old" "$REGISTRY/chunked:new" >/dev/null
}

@test "skopeo and podman read what push --chunked writes" {
  command -v skopeo >/dev/null || skip "skopeo is not installed"
  skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/chunked:new" "oci:$scratch/layout:x"
  local digest
  for digest in $("$PYTHON" -c 'import json,sys
m = json.load(sys.stdin)
print(*(l["digest"] for l in m["layers"]))' <<<"$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/chunked:new")"); do
    zstd -dc "$scratch/layout/blobs/sha256/${digest#sha256:}" | tar -t >/dev/null
  done
}
