# A registry of one's own: wherry registry serve.
load ../lib/common

# serve [FLAG…]: sets port, at (host:port), and server, which teardown ends. The storage is $scratch/store.
serve() {
  port=${port:-$(free_port)} at=127.0.0.1:$port
  wherry registry serve --storage "$scratch/store" --listen "$at" "$@" </dev/null >>"$scratch/server.log" 2>&1 3>&- 4>&- &
  server=$!
  eventually 20 listens "$port" || { cat "$scratch/server.log"; return 1; }
}

listens() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
stop_server() { kill "${1:--TERM}" "$server" && { wait "$server" || true; }; }
tool() { command -v "$1" >/dev/null || skip "$1 is not installed"; }
code() { "$PYTHON" "$TOOLS/http_status.py" "$@"; }
blob_file() { echo "$scratch/store/blobs/sha256/${1:0:2}/$1"; }

teardown() {
  [ -z "${server:-}" ] || kill -KILL "$server" 2>/dev/null || true
  remove_all_containers
  rm -rf --one-file-system "$scratch" ${runroot:+"$runroot"}
}

@test "wherry pushes to it and pulls from it, by tag and by digest" {
  local digest
  serve
  wherry pull -q "$REGISTRY/box:three"
  digest=$(wherry image inspect -f '{{index .RepoDigests 0}}' "$REGISTRY/box:three" | sed 's/.*@//')
  wherry tag "$REGISTRY/box:three" "$at/site/box:1"
  run -0 wherry push "$at/site/box:1"
  grep -q "digest: $digest size: " <<<"$output"
  # A second time nothing is sent; in another repository it is mounted.
  run -0 wherry push "$at/site/box:1"
  grep -q 'Layer already exists' <<<"$output"
  wherry rmi -f "$at/site/box:1" >/dev/null
  run -0 wherry pull -q "$at/site/box:1"
  run -0 wherry pull -q "$at/site/box@$digest"
  run -0 wherry run --rm "$at/site/box:1" cat /etc/second
  equal "$output" second
  wherry rmi -f "$at/site/box:1" "$at/site/box@$digest" >/dev/null || true
}

@test "what is in it outlives the server, and a second server is refused" {
  serve
  wherry tag "$IMG" "$at/kept:1"
  wherry push "$at/kept:1" >/dev/null
  run wherry registry serve --storage "$scratch/store" --listen 127.0.0.1:0
  [ "$status" -ne 0 ]
  grep -q 'another wherry registry' <<<"$output"
  stop_server -KILL
  serve
  wherry rmi "$at/kept:1" >/dev/null
  run -0 wherry pull -q "$at/kept:1"
  stop_server
  grep -q 'stopping' "$scratch/server.log"
  wherry rmi "$at/kept:1" >/dev/null
}

@test "skopeo copies to it and from it, lists tags, and deletes" {
  local digest
  tool skopeo
  serve
  skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$REGISTRY/box:three" "docker://$at/a/b:x"
  skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$at/a/b:x" "docker://$at/a/b:y"
  run -0 skopeo list-tags --tls-verify=false "docker://$at/a/b"
  equal "$(jq -c .Tags <<<"$output")" '["x","y"]'
  digest=$(skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$at/a/b:x")
  equal "$digest" "$(skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$REGISTRY/box:three")"
  skopeo copy -q --src-tls-verify=false "docker://$at/a/b@$digest" "dir:$scratch/dir"
  skopeo delete --tls-verify=false "docker://$at/a/b:y"
  run -0 skopeo list-tags --tls-verify=false "docker://$at/a/b"
  equal "$(jq -c .Tags <<<"$output")" '[]'
  refute skopeo inspect --tls-verify=false "docker://$at/a/b:x"
}

@test "podman pushes to it and pulls from it" {
  local podman
  tool podman
  serve
  # It refuses a long name for it.
  runroot=$(mktemp -d /tmp/podman.XXXXXX)
  podman="podman --storage-driver vfs --root $scratch/podman --runroot $runroot --cgroup-manager cgroupfs"
  $podman pull -q --tls-verify=false "$REGISTRY/box:two"
  run -0 $podman push -q --tls-verify=false "$REGISTRY/box:two" "$at/from/podman:1"
  $podman rmi -f "$REGISTRY/box:two" >/dev/null
  run -0 $podman pull -q --tls-verify=false "$at/from/podman:1"
  run -0 wherry pull -q "$at/from/podman:1"
  run -0 wherry run --rm "$at/from/podman:1"
  equal "$output" second
  wherry rmi "$at/from/podman:1" >/dev/null
}

@test "an upload that a killed server had begun goes on where it was" {
  serve
  random_file "$scratch/blob" 24
  run -0 "$PYTHON" "$TOOLS/registry_push.py" start "$at" big "$scratch/blob" "$scratch/upload"
  # Half of it is sent when the server is killed; the client has sent more than was kept.
  "$PYTHON" "$TOOLS/registry_push.py" half "$at" big "$scratch/blob" "$scratch/upload" >"$scratch/half" 2>&1 3>&- 4>&- &
  local client=$!
  eventually 20 has_bytes
  stop_server -KILL
  wait "$client" || true
  serve
  run -0 "$PYTHON" "$TOOLS/registry_push.py" rest "$at" big "$scratch/blob" "$scratch/upload"
  echo "$output"
  # Not from the start.
  [ "$(sed -n 's/^resumed at //p' <<<"$output")" -gt $((1 << 20)) ]
  cmp "$scratch/blob" "$(blob_file "$(sha256sum "$scratch/blob" | cut -d' ' -f1)")"
  [ -z "$(ls "$scratch/store/uploads")" ]
}
has_bytes() { [ "$(cat "$scratch"/store/uploads/*/data 2>/dev/null | wc -c)" -gt $((2 << 20)) ]; }

@test "its memory does not grow with what passes" {
  local before after
  serve
  random_file "$scratch/blob" 256
  "$PYTHON" "$TOOLS/registry_push.py" start "$at" warm "$scratch/upload-none" "$scratch/upload"
  before=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$server/status")
  "$PYTHON" "$TOOLS/registry_push.py" start "$at" big "$scratch/blob" "$scratch/upload"
  run -0 "$PYTHON" "$TOOLS/registry_push.py" rest "$at" big "$scratch/blob" "$scratch/upload"
  run -0 "$PYTHON" "$TOOLS/registry_push.py" pull "$at" big "$scratch/blob" slow
  after=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$server/status")
  echo "# 256 MiB in and out: $before kB before, $after kB at most" >&3
  [ $((after - before)) -lt 16384 ]
}

@test "passwords are asked for, of bcrypt and of SHA-512" {
  "$PYTHON" - >"$scratch/htpasswd" <<'P'
import crypt
print("user:" + crypt.crypt("secret", "$2b$05$abcdefghijklmnopqrstuu"))
print("other:" + crypt.crypt("hidden", "$6$saltsalt"))
P
  serve --htpasswd "$scratch/htpasswd"
  equal "$(code "http://$at/v2/")" 401
  equal "$(code --user user:wrong "http://$at/v2/")" 401
  equal "$(code --user nobody:secret "http://$at/v2/")" 401
  equal "$(code --user user:secret "http://$at/v2/")" 200
  equal "$(code --user other:hidden "http://$at/v2/")" 200
  export REGISTRY_AUTH_FILE=$scratch/auth.json
  wherry tag "$IMG" "$at/mine:1"
  fails any push "$at/mine:1"
  wherry login -u user --password-stdin "$at" <<<secret
  run -0 wherry push "$at/mine:1"
  wherry rmi "$at/mine:1" >/dev/null
  run -0 wherry pull -q "$at/mine:1"
  if command -v skopeo >/dev/null; then
    run -0 skopeo inspect --tls-verify=false --creds other:hidden "docker://$at/mine:1"
    refute skopeo inspect --tls-verify=false --no-creds "docker://$at/mine:1"
  fi
  # The file is read again when it changes.
  sed -i /^user/d "$scratch/htpasswd"
  equal "$(code --user user:secret "http://$at/v2/")" 401
  refute grep -qE 'secret|hidden' "$scratch/server.log"
  wherry rmi "$at/mine:1" >/dev/null
  printf 'user:plain\n' >"$scratch/htpasswd"
  port=$(free_port)
  run wherry registry serve --storage "$scratch/other" --listen 127.0.0.1:0 --htpasswd "$scratch/htpasswd"
  [ "$status" -ne 0 ]
  grep -q 'htpasswd -nB' <<<"$output"
}

@test "mutual TLS lets in those with a certificate of the CA only" {
  wherry daemon cert ca --out "$scratch/ca" >/dev/null
  wherry daemon cert device --ca "$scratch/ca" --out "$scratch/device" --host 127.0.0.1 --host localhost >/dev/null
  wherry daemon cert client --ca "$scratch/ca" --out "$scratch/client" --name me --role viewer >/dev/null
  wherry daemon cert ca --out "$scratch/other-ca" >/dev/null
  wherry daemon cert client --ca "$scratch/other-ca" --out "$scratch/stranger" --name me --role admin >/dev/null
  serve --tls-cert "$scratch/device/cert.pem" --tls-key "$scratch/device/key.pem" --tls-client-ca "$scratch/ca/ca.pem"
  equal "$(code --ca "$scratch/ca/ca.pem" --cert "$scratch/client" "https://localhost:$port/v2/")" 200
  equal "$(code --ca "$scratch/ca/ca.pem" "https://localhost:$port/v2/")" refused
  equal "$(code --ca "$scratch/ca/ca.pem" --cert "$scratch/stranger" "https://localhost:$port/v2/")" refused
  equal "$(code "http://localhost:$port/v2/")" refused
  if command -v skopeo >/dev/null; then
    mkdir "$scratch/certs"
    cp "$scratch/ca/ca.pem" "$scratch/certs/ca.crt"
    cp "$scratch/client/cert.pem" "$scratch/certs/client.cert"
    cp "$scratch/client/key.pem" "$scratch/certs/client.key"
    skopeo copy -q --src-tls-verify=false --dest-cert-dir "$scratch/certs" "docker://$REGISTRY/box:two" "docker://localhost:$port/secured:1"
    run -0 skopeo inspect --cert-dir "$scratch/certs" "docker://localhost:$port/secured:1"
  fi
}

@test "the specification's endpoints answer as it says" {
  serve
  run -0 "$PYTHON" "$TOOLS/../../Interop/registry_conformance.py" "$at"
  echo "$output"
  refute grep -q '^not ok' <<<"$output"
}

@test "garbage, endless headers and silence end the connection, and the server goes on" {
  serve
  run -0 "$PYTHON" "$TOOLS/registry_garbage.py" "$at"
  echo "$output"
  equal "$(code "http://$at/v2/")" 200
  # Nothing outside was made, and nothing inside that no name has.
  equal "$(find "$scratch/store" -name '*..*' | wc -l)" 0
  [ ! -e "$scratch/etc" ]
}

@test "prune says what it would remove, and removes what nobody refers to" {
  local digest stray
  serve
  wherry tag "$IMG" "$at/kept:1"
  wherry push "$at/kept:1" >/dev/null
  random_file "$scratch/blob" 1
  "$PYTHON" "$TOOLS/registry_push.py" start "$at" kept "$scratch/blob" "$scratch/upload"
  "$PYTHON" "$TOOLS/registry_push.py" rest "$at" kept "$scratch/blob" "$scratch/upload"
  stray=$(sha256sum "$scratch/blob" | cut -d' ' -f1)
  run -0 wherry registry prune --storage "$scratch/store"
  grep -q '^Removed 0 manifests and 0 blobs: 0 bytes$' <<<"$output"
  run -0 wherry registry prune --storage "$scratch/store" --older-than 0 --dry-run
  grep -q "^blob sha256:$stray 1048576$" <<<"$output"
  grep -q '^Would remove 0 manifests and 1 blobs: 1048576 bytes$' <<<"$output"
  [ -e "$(blob_file "$stray")" ]
  run -0 wherry registry prune --storage "$scratch/store" --older-than 0
  [ ! -e "$(blob_file "$stray")" ]
  equal "$(code "http://$at/v2/kept/blobs/sha256:$stray")" 404
  # What the image needs is all there.
  wherry rmi "$at/kept:1" >/dev/null
  run -0 wherry pull -q "$at/kept:1"
  # Without its tag the image goes when asked for.
  digest=$(wherry image inspect -f '{{index .RepoDigests 0}}' "$at/kept:1" | sed 's/.*@//')
  equal "$(code --method DELETE "http://$at/v2/kept/manifests/1")" 202
  run -0 wherry registry prune --storage "$scratch/store" --older-than 0
  grep -q '^Removed 0 manifests' <<<"$output"
  run -0 wherry registry prune --storage "$scratch/store" --older-than 0 --untagged
  grep -q "^manifest kept@$digest" <<<"$output"
  equal "$(find "$scratch/store/blobs" -type f | wc -l)" 0
  wherry rmi "$at/kept:1" >/dev/null
}

@test "prune makes nothing that the server could not open" {
  mkdir "$scratch/empty"
  run wherry registry prune --storage "$scratch/empty"
  [ "$status" -ne 0 ]
  grep -q "there is no registry in $scratch/empty" <<<"$output"
  grep -q -e '--storage' <<<"$output"
  [ -z "$(ls -A "$scratch/empty")" ]
  # Before the first push, too.
  serve
  find "$scratch/store" | sort >"$scratch/before"
  run -0 wherry registry prune --storage "$scratch/store"
  find "$scratch/store" | sort | cmp - "$scratch/before"
}

@test "it warns of an address that everybody may write to" {
  port=$(free_port)
  wherry registry serve --storage "$scratch/store" --listen "0.0.0.0:$port" </dev/null >"$scratch/server.log" 2>&1 3>&- 4>&- &
  server=$!
  eventually 20 listens "$port"
  grep -q 'may read and write' "$scratch/server.log"
  stop_server
  # Not of this machine's own.
  rm "$scratch/server.log"
  serve
  stop_server
  refute grep -q 'may read and write' "$scratch/server.log"
}

@test "with a socket from systemd it exits when it is idle, and not before" {
  command -v systemd-socket-activate >/dev/null || skip "systemd-socket-activate is not installed"
  port=$(free_port) at=127.0.0.1:$port
  systemd-socket-activate -l "$at" wherry registry serve --storage "$scratch/store" --idle-exit 1 \
    </dev/null >"$scratch/server.log" 2>&1 3>&- 4>&- &
  server=$!
  eventually 10 grep -q 'Listening on' "$scratch/server.log"
  equal "$(code "http://$at/v2/")" 200
  eventually 30 bash -c "! kill -0 $server 2>/dev/null"
  wait "$server"
  server=
}
