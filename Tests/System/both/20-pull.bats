# Pulling from docker-registry and from a registry that misbehaves.
load ../lib/common

forget() { wherry rmi -f "$1" >/dev/null 2>&1 || true; }
image_is_absent() { ! wherry image inspect "$1" >/dev/null 2>&1; }

# refused_pull MODE TEXT…: a pull from the stub fails, says TEXT, and leaves nothing.
refused_pull() {
  local reference=$STUB/$1/image:latest
  fails any pull "$reference"
  shift
  says "$@"
  image_is_absent "$reference"
  eventually 5 staging_is_empty
}

@test "pull by tag, then again: it is up to date" {
  forget "$REGISTRY/box:two"
  run -0 wherry pull "$REGISTRY/box:two"
  grep -q sha256: <<<"$output"
  run -0 wherry pull "$REGISTRY/box:two"
  grep -qi 'up to date' <<<"$output"
  run -0 wherry run --rm "$REGISTRY/box:two"
  equal "$output" second
}

@test "pull by digest" {
  local digest
  digest=$(cat "$SUITE/box.digest")
  run -0 wherry pull "$REGISTRY/box@$digest"
  run -0 wherry run --rm "$REGISTRY/box@$digest" echo by-digest
  equal "$output" by-digest
}

@test "pull an index, and its image for this machine" {
  push --name indexed --rootfs "$SUITE/root-box" --index --platform "linux/$(dpkg --print-architecture)" --cmd '["sh"]'
  run -0 wherry pull "$REGISTRY/indexed:latest"
  run -0 wherry run --rm "$REGISTRY/indexed:latest" echo indexed
  equal "$output" indexed
}

@test "pull gzip, zstd and uncompressed layers" {
  for how in gzip zstd none; do
    push --name "compressed-$how" --rootfs "$SUITE/root-second" --rootfs "$SUITE/root-box" --compression $how \
      --cmd '["cat","/etc/second"]'
    wherry pull -q "$REGISTRY/compressed-$how:latest"
    run -0 wherry run --rm "$REGISTRY/compressed-$how:latest"
    equal "$output" second
  done
}

@test "pull Docker's media types" {
  push --name dockerish --rootfs "$SUITE/root-box" --docker --cmd '["echo","docker"]'
  run -0 wherry pull "$REGISTRY/dockerish:latest"
  run -0 wherry run --rm "$REGISTRY/dockerish:latest"
  equal "$output" docker
}

@test "whiteouts and opaque folders hide what is below" {
  wherry pull -q "$REGISTRY/box:three"
  run -0 wherry run --rm "$REGISTRY/box:three" sh -c 'cat /etc/second; ls /etc/gone; ls -A /home/app'
  [[ "$output" == second* ]]
  [[ "$output" == *"gone: No such file"* ]]
  refute grep -q 'wh\.' <<<"$output"
}

@test "owners, modes, links and extended attributes survive" {
  local root=$scratch/root
  mkdir -p "$root/kept"
  echo x >"$root/kept/file"
  chown 1234:5678 "$root/kept/file"
  chmod 4751 "$root/kept/file"
  ln "$root/kept/file" "$root/kept/hard"
  ln -s ../kept/file "$root/kept/soft"
  mkfifo "$root/kept/fifo"
  touch -d @1000000000 "$root/kept/file"
  push --name kept --rootfs "$SUITE/root-box" --rootfs "$root" --cmd '["sh"]'
  wherry pull -q "$REGISTRY/kept:latest"
  run -0 wherry run --rm "$REGISTRY/kept:latest" sh -c \
    'stat -c "%u %g %a %h %Y" /kept/file; readlink /kept/soft; test -p /kept/fifo && echo fifo'
  equal "$output" "$(printf '1234 5678 4751 2 1000000000\n../kept/file\nfifo')"
}

@test "pull shows progress, and -q only the reference" {
  forget "$REGISTRY/box:two"
  run -0 --separate-stderr wherry pull -q "$REGISTRY/box:two"
  equal "${#lines[@]}" 1
  [ -z "$stderr" ]
}

@test "layers that two images share are fetched once" {
  push --name shared --tag a --rootfs "$SUITE/root-box" --rootfs "$SUITE/root-second" --cmd '["sh"]'
  wherry pull -q "$IMG"
  wherry pull -q "$REGISTRY/shared:a"
  local before
  before=$(layer_count)
  push --name shared --tag b --rootfs "$SUITE/root-box" --rootfs "$SUITE/root-second" --cmd '["echo"]'
  wherry pull -q "$REGISTRY/shared:b"
  equal "$(layer_count)" "$before"
}

@test "a layer that is there already is not asked for again" {
  wherry pull -q "$STUB/good/once:latest"
  run -0 wherry pull "$STUB/good/second-name:latest"
  # The configuration at most.
  [ "$(stub_requests good/second-name/blobs)" -le 1 ]
}

@test "a registry that asks for a token gets one" {
  run -0 wherry pull "$STUB/token/image:latest"
  run -0 wherry run --rm "$STUB/token/image:latest" echo with-token
  equal "$output" with-token
}

@test "a redirect to a blob is followed, a loop of them is not" {
  run -0 wherry pull "$STUB/redirect/image:latest"
  refused_pull redirect-loop redirect
}

@test "a registry that is unavailable for a moment is asked again" {
  run -0 wherry pull "$STUB/flaky/image:latest"
}

@test "an unknown tag and an unknown repository say so" {
  fails any pull "$REGISTRY/box:no-such-tag"
  says no-such-tag "not found"
  fails any pull "$REGISTRY/no-such-repository:latest"
  says no-such-repository "not found"
}

@test "a registry with passwords refuses, and the message says why" {
  local port pid
  port=$(free_port)
  # user:secret
  echo 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a' >"$scratch/htpasswd"
  . "$TOOLS/images.bash"
  pid=$(start_registry "$port" "$scratch/private" "auth: {htpasswd: {realm: tests, path: $scratch/htpasswd}}")
  fails any pull "127.0.0.1:$port/box:latest"
  kill "$pid"
  says denied credentials
}

@test "unauthorized, forbidden and broken registries are told apart" {
  refused_pull unauthorized denied credentials
  refused_pull forbidden denied
  refused_pull broken 500
}

@test "nothing listens at the registry's address" {
  local port
  port=$(free_port)
  fails any pull "127.0.0.1:$port/box:latest"
  says "127.0.0.1:$port" refused
}

@test "a layer with other bytes than its digest is refused" {
  refused_pull wrong-layer sha256:
}

@test "a layer that is shorter or longer than declared is refused" {
  refused_pull shorter-layer sha256:
  refused_pull longer-layer sha256:
}

@test "a layer whose content is not what the configuration says is refused" {
  refused_pull wrong-diff-id sha256:
}

@test "a configuration with other bytes than its digest is refused" {
  refused_pull wrong-config sha256:
}

@test "a manifest with other bytes than the digest asked for is refused" {
  local reference=$STUB/wrong-manifest/image@sha256:0000000000000000000000000000000000000000000000000000000000000000
  fails any pull "$reference"
  says sha256:0000
  image_is_absent "$reference"
}

@test "a layer the registry does not have is named" {
  refused_pull missing-layer sha256:
}

@test "manifests that are huge, ambiguous, doubled, malformed or no JSON at all are refused" {
  refused_pull huge-manifest manifest
  refused_pull both-kinds manifest
  refused_pull duplicate-keys schemaVersion
  refused_pull bad-digest digest
  refused_pull not-json manifest
}

@test "an image for other machines only is refused with the platforms there are" {
  refused_pull other-platform s390x
}

@test "a registry that goes away in mid-pull costs an error, and a retry heals" {
  local port pid reference client
  port=$(free_port)
  . "$TOOLS/images.bash"
  pid=$(start_stub_at "$port")
  reference=127.0.0.1:$port/slow/image:latest
  wherry pull "$reference" >"$scratch/out" 2>&1 3>&- &
  client=$!
  eventually 10 grep -q 'GET /v2/slow/image/blobs' "$SUITE/stub.log"
  sleep 1
  kill -KILL "$pid"
  ended "$client" badly
  image_is_absent "$reference"
  pid=$(STUB_FAST=1 start_stub_at "$port")
  run -0 wherry pull "$reference"
  kill "$pid"
  run -0 wherry run --rm "$reference" stat -c %s /big-slow
  equal "$output" $((30 << 20))
}

@test "a connection cut in mid-layer is taken up again" {
  run -0 wherry pull "$STUB/cut-once/image:latest"
  run -0 wherry run --rm "$STUB/cut-once/image:latest" stat -c %s /big-cut-once
  equal "$output" $((30 << 20))
}

@test "connections that are cut again and again end in an error that leaves nothing visible" {
  local reference=$STUB/cut-always/image:latest
  : >"$SUITE/stub.log"
  run wherry pull "$reference"
  # 30 MiB in pieces of 8: whoever resumes each time is allowed to succeed.
  if [ "$status" -ne 0 ]; then image_is_absent "$reference"; else grep -q ' 206' "$SUITE/stub.log"; fi
}

@test "an interrupted pull stops soon and leaves nothing" {
  local client
  wherry pull "$STUB/slow-interrupted/image:latest" >"$scratch/out" 2>&1 3>&- &
  client=$!
  sleep 1.5
  kill -TERM "$client"
  ended "$client" badly
  image_is_absent "$STUB/slow-interrupted/image:latest"
  eventually 5 no_fetch_worker
}

no_fetch_worker() { ! pgrep -f 'wherry fetch' >/dev/null; }

@test "a daemon killed in mid-pull leaves nothing visible, and a retry heals" {
  local reference=$STUB/slow-once/image:latest client
  wherry pull "$reference" >"$scratch/out" 2>&1 3>&- &
  client=$!
  sleep 1.5
  daemon_kill
  ended "$client" badly
  daemon_start
  image_is_absent "$reference"
  eventually 5 no_fetch_worker
  run -0 wherry pull "$reference"
  run -0 wherry run --rm "$reference" stat -c %s /big-slow-once
}

@test "malformed references are refused before anything is asked" {
  for reference in 'UPPER' '-flag' 'a//b' 'name:tag:tag' "$(printf 'x%.0s' {1..5000})" 'box@sha256:abc' $'box\nnl' ''; do
    fails any pull -- "$reference"
  done
}
