# Credentials, names, pushing, saving and loading.
load ../lib/common

private_registry() { # sets port, pid; user:secret
  . "$TOOLS/images.bash"
  port=$(free_port)
  printf 'user:%s\n' "$("$PYTHON" - <<'P'
import crypt
print(crypt.crypt("secret", "$2b$05$abcdefghijklmnopqrstuu"))
P
)" >"$scratch/htpasswd"
  pid=$(start_registry "$port" "$scratch/private" "auth: {htpasswd: {realm: tests, path: $scratch/htpasswd}}")
}

tree_of() { wherry run --rm "$1" sh -c 'find /etc /home /bin -xdev | sort | head -500; cat /etc/second /etc/passwd' 2>/dev/null; }

@test "login asks the registry, keeps what it took, and pull and push use it" {
  local port pid
  private_registry
  export REGISTRY_AUTH_FILE=$scratch/auth.json
  printf wrong >"$scratch/wrong"
  run wherry login -u user --password-stdin "127.0.0.1:$port" <"$scratch/wrong"
  [ "$status" -ne 0 ]
  [ ! -e "$REGISTRY_AUTH_FILE" ]
  WHERRY_TRACE=1 run -0 wherry login -u user --password-stdin "127.0.0.1:$port" <<<secret
  grep -q 'request image-login' <<<"$output"
  grep -q 'Login Succeeded' <<<"$output"
  refute grep -q 'secret\|dXNlcjpzZWNyZXQ' <<<"$output"
  equal "$(stat -c %a "$REGISTRY_AUTH_FILE")" 600
  grep -q "127.0.0.1:$port.*$(printf user:secret | base64)" "$REGISTRY_AUTH_FILE"
  wherry pull -q "$REGISTRY/box:two"
  wherry tag "$REGISTRY/box:two" "127.0.0.1:$port/mine:1"
  run -0 wherry push "127.0.0.1:$port/mine:1"
  wherry rmi "127.0.0.1:$port/mine:1"
  run -0 wherry pull -q "127.0.0.1:$port/mine:1"
  wherry rmi "127.0.0.1:$port/mine:1"
  run -0 wherry run --rm "127.0.0.1:$port/mine:1"
  equal "${lines[-1]}" second
  run -0 wherry logout "127.0.0.1:$port"
  refute grep -q "127.0.0.1:$port" "$REGISTRY_AUTH_FILE"
  fails any pull "127.0.0.1:$port/mine:1"
  says denied login
  wherry rmi -f "127.0.0.1:$port/mine:1"
  if [ -f "$SUITE/daemon.log" ]; then refute grep -q 'secret\|dXNlcjpzZWNyZXQ' "$SUITE/daemon.log"; fi
  kill "$pid"
}

@test "a push to another registry keeps the digest" {
  local port pid digest
  . "$TOOLS/images.bash"
  port=$(free_port)
  pid=$(start_registry "$port" "$scratch/other")
  wherry pull -q "$REGISTRY/box:three"
  digest=$(wherry image inspect -f '{{index .RepoDigests 0}}' "$REGISTRY/box:three" | sed 's/.*@//')
  wherry tag "$REGISTRY/box:three" "127.0.0.1:$port/copy:x"
  run -0 wherry push "127.0.0.1:$port/copy:x"
  grep -q "digest: $digest size: " <<<"$output"
  grep -q "Pushing from $REGISTRY" <<<"$output"
  # Within one registry nothing is sent.
  wherry tag "$REGISTRY/box:three" "$REGISTRY/mounted:x"
  run -0 wherry push "$REGISTRY/mounted:x"
  grep -q 'Mounted from box' <<<"$output"
  grep -q "digest: $digest size: " <<<"$output"
  run -0 wherry push "$REGISTRY/mounted:x"
  grep -q 'Layer already exists' <<<"$output"
  wherry rmi "127.0.0.1:$port/copy:x" "$REGISTRY/mounted:x"
  kill "$pid"
}

@test "a push whose source is gone packs the layers again: same image, same files, new digest" {
  local source target id port pid before
  . "$TOOLS/images.bash"
  source=$(free_port)
  pid=$(start_registry "$source" "$scratch/source")
  # With gzip from Python the digests could be the old ones: it packs by zlib too.
  "$PYTHON" "$PUSH" --registry "127.0.0.1:$source" --name gone --compression zstd --rootfs "$SUITE/root-box" --rootfs "$SUITE/root-second" \
    --rootfs "$SUITE/root-third" --cmd '["sh"]' >/dev/null
  wherry pull -q "127.0.0.1:$source/gone:latest"
  id=$(wherry image inspect -f '{{.Id}}' "127.0.0.1:$source/gone:latest")
  before=$(tree_of "127.0.0.1:$source/gone:latest")
  kill "$pid"
  target=$(free_port)
  pid=$(start_registry "$target" "$scratch/target")
  wherry tag "127.0.0.1:$source/gone:latest" "127.0.0.1:$target/back:1"
  run -0 wherry push "127.0.0.1:$target/back:1"
  grep -q 'packed again' <<<"$output"
  wherry rmi -f "127.0.0.1:$source/gone:latest" "127.0.0.1:$target/back:1"
  wherry pull -q "127.0.0.1:$target/back:1"
  equal "$(wherry image inspect -f '{{.Id}}' "127.0.0.1:$target/back:1")" "$id"
  equal "$(tree_of "127.0.0.1:$target/back:1")" "$before"
  wherry rmi "127.0.0.1:$target/back:1"
  kill "$pid"
}

@test "save and load give the same image back, names and all" {
  local id before
  wherry pull -q "$REGISTRY/box:three"
  wherry tag "$REGISTRY/box:three" saved:one
  id=$(wherry image inspect -f '{{.Id}}' saved:one)
  before=$(tree_of saved:one)
  wherry save -o "$scratch/saved.tar" saved:one
  wherry rmi -f "$id" >/dev/null
  run -0 wherry load -i "$scratch/saved.tar"
  equal "$output" "Loaded image: saved:one"
  equal "$(wherry image inspect -f '{{.Id}}' saved:one)" "$id"
  equal "$(tree_of saved:one)" "$before"
  # Saved again it is the same archive, byte for byte.
  wherry save saved:one | cmp - "$scratch/saved.tar"
  gzip "$scratch/saved.tar"
  run -0 wherry load -q <"$scratch/saved.tar.gz"
  wherry rmi -f saved:one
}

@test "skopeo and podman read what save writes, and load reads what they write" {
  command -v skopeo >/dev/null || skip "skopeo is not installed"
  wherry pull -q "$REGISTRY/box:two"
  wherry tag "$REGISTRY/box:two" localhost/interop:1
  local id
  id=$(wherry image inspect -f '{{.Id}}' localhost/interop:1)
  wherry save -o "$scratch/ours.tar" localhost/interop:1
  # As a docker-archive and as an OCI layout.
  equal "sha256:$(skopeo inspect --raw --config "docker-archive:$scratch/ours.tar" | sha256sum | cut -d' ' -f1)" "$id"
  equal "sha256:$(skopeo inspect --raw --config "oci-archive:$scratch/ours.tar" | sha256sum | cut -d' ' -f1)" "$id"
  skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/box:two" "docker-archive:$scratch/docker.tar:localhost/from:skopeo"
  skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/box:two" "oci-archive:$scratch/oci.tar:localhost/from:layout"
  wherry rmi -f "$id" >/dev/null
  run -0 wherry load -i "$scratch/docker.tar"
  equal "$output" "Loaded image: localhost/from:skopeo"
  equal "$(wherry image inspect -f '{{.Id}}' localhost/from:skopeo)" "$id"
  run -0 wherry load -i "$scratch/oci.tar"
  run -0 wherry run --rm localhost/from:skopeo
  equal "$output" second
  wherry rmi -f "$id" >/dev/null
}

@test "load refuses what is no archive of images, and leaves nothing" {
  fails any load -i "$SUITE/box.tar"
  says image import
  printf garbage >"$scratch/garbage"
  fails any load -i "$scratch/garbage"
  eventually 5 staging_is_empty
}

@test "tag, history and image prune" {
  push --name pruned --rootfs "$SUITE/root-second" --label from=prune-test --cmd '["sh"]' >/dev/null
  wherry pull -q "$REGISTRY/pruned:latest"
  wherry tag "$REGISTRY/pruned:latest" pruned:again
  run -0 wherry image inspect -f '{{len .RepoTags}}' pruned:again
  equal "$output" 2
  fails any tag no-such-image x
  says no-such-image
  run -0 wherry history --no-trunc pruned:again
  grep -q push_image.py <<<"$output"
  run -0 wherry history -q pruned:again
  equal "$output" "$(wherry images -q pruned:again)"
  run -0 wherry image prune -a --dry-run --filter label=from=prune-test
  grep -q 'name pruned:again' <<<"$output"
  wherry image inspect pruned:again >/dev/null
  run -0 wherry image prune -a -f --filter label=from=prune-test
  grep -q 'untagged: pruned:again' <<<"$output"
  fails any image inspect pruned:again
}
