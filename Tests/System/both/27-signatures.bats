# Which images are taken, by whom they are signed: a second daemon with settings of its own. And what refers to an image.
load ../lib/common

teardown() {
  local pid
  for pid in ${second:-} ${server:-}; do kill "$pid" 2>/dev/null || true; done
  # A daemon that ends writes until it has.
  for pid in ${second:-} ${server:-}; do eventually 10 refute kill -0 "$pid" 2>/dev/null; done
  rm -rf --one-file-system "$scratch"
}

# second_daemon JSON: starts it anew with these rules of "signatures"; `other` talks to it.
second_daemon() {
  [ -z "${second:-}" ] || { kill "$second" && eventually 10 refute kill -0 "$second" 2>/dev/null; }
  printf '{"signatures": %s}\n' "$1" >"$scratch/daemon.json"
  mkdir -p "$scratch/run" "$scratch/state"
  wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" \
    --socket "$scratch/run/wherry.sock" --supervisor conmon </dev/null >"$scratch/daemon.log" 2>&1 3>&- 4>&- &
  second=$!
  disown $second
  eventually 10 other version >/dev/null || { cat "$scratch/daemon.log"; return 1; }
}
other() { WHERRY_HOST=unix://$scratch/run/wherry.sock wherry "$@"; }

# make_key NAME [ed25519]
make_key() {
  if [ "${2:-}" = ed25519 ]; then
    openssl genpkey -algorithm ed25519 -out "$scratch/$1.key"
  else
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/$1.key" 2>/dev/null
  fi
  openssl pkey -in "$scratch/$1.key" -pubout -out "$scratch/$1.pub"
}

# signed_image NAME [FLAG…]: pushes an image of that name to $at, and its signature, made as the flags say. Sets digest.
signed_image() {
  local name=$1
  shift
  digest=$("$PYTHON" "$PUSH" --registry "$at" --name "$name" --rootfs "$SUITE/root-second" --label "name=$name" \
    --cmd '["x"]')
  [ $# -eq 0 ] ||
    "$PYTHON" "$TOOLS/sign_image.py" --registry "$at" --name "$name" --digest "$digest" "$@" >/dev/null
}

# refused NAME TEXT…: the pull is refused in these words, and nothing is left of it.
refused() {
  local name=$1
  shift
  run --separate-stderr other pull "$name"
  echo "$stderr"
  [ "$status" -ne 0 ]
  says refused "$@"
  run -0 other images -q
  equal "$output" ""
  equal "$(ls "$scratch/state/layers")" ""
  equal "$(ls "$scratch/state/staging" | grep -v '^partial' || true)" ""
}

require() { printf '{"policy": "require", "keys": ["%s/%s.pub"]}' "$scratch" "$1"; }

serve() {
  local port
  port=$(free_port)
  at=127.0.0.1:$port
  wherry registry serve --storage "$scratch/store" --listen "$at" </dev/null >"$scratch/server.log" 2>&1 3>&- 4>&- &
  server=$!
  disown $server
  eventually 20 listens "$port" || { cat "$scratch/server.log"; return 1; }
}
listens() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
needs_openssl() { command -v openssl >/dev/null || skip "openssl is not installed"; }

@test "an image that is signed with a key of the policy is pulled, and one that is not is refused" {
  needs_openssl
  local at=$REGISTRY digest kind
  make_key good
  make_key wrong
  make_key edwards ed25519
  second_daemon "{\"$at/sig\": $(require good), \"$at/sig/edwards\": $(require edwards)}"
  signed_image sig/none
  refused "$at/sig/none" "has no signature" "$at/sig " daemon.json
  signed_image sig/wrong --identity "$at/sig/wrong" --key "$scratch/wrong.key"
  refused "$at/sig/wrong" "not made with a key"
  signed_image sig/other --identity "$at/sig/other" --key "$scratch/good.key" \
    --signed-digest "sha256:$(printf x | sha256sum | cut -d' ' -f1)"
  refused "$at/sig/other" "is of another image"
  signed_image sig/tampered --identity "$at/sig/tampered" --key "$scratch/good.key" --tamper
  refused "$at/sig/tampered" "payload was changed"
  signed_image sig/elsewhere --identity "$at/elsewhere" --key "$scratch/good.key"
  refused "$at/sig/elsewhere" "is for \"$at/elsewhere\""
  signed_image sig/tagged --identity "$at/sig/tagged:old" --key "$scratch/good.key"
  refused "$at/sig/tagged" "is for"
  # By digest there is no tag that could be another one's.
  run -0 other pull -q "$at/sig/tagged@$digest"
  other rmi -f "$at/sig/tagged@$digest" >/dev/null
  for kind in good edwards; do
    signed_image "sig/$kind" --identity "$at/sig/$kind" --key "$scratch/$kind.key"
    run -0 other pull -q "$at/sig/$kind"
    run -0 other image inspect -f '{{index .RepoDigests 0}}' "$at/sig/$kind"
    equal "$output" "$at/sig/$kind@$digest"
  done
}

@test "longest prefix, reject, accept, no rule, and what is here already" {
  needs_openssl
  local at=$REGISTRY digest
  make_key good
  signed_image sig/free
  second_daemon '{}'
  run -0 other pull -q "$at/sig/free"
  second_daemon "{\"*\": {\"policy\": \"reject\"}, \"$at/sig\": {\"policy\": \"accept\"}}"
  run -0 other pull -q "$at/sig/free"
  fails_other pull "$at/box:two"
  says refused 'for \* rejects all' daemon.json
  second_daemon "{\"$at\": {\"policy\": \"accept\"}, \"$at/sig\": $(require good)}"
  run -0 other pull -q "$at/box:two"
  # An image that was taken before stays usable; a pull of the same name is refused, and leaves it.
  fails_other pull "$at/sig/free"
  says refused
  run -0 other create --pull missing "$at/sig/free" x
  fails_other create --pull always "$at/sig/free" x
  says refused "has no signature"
  run -0 other image inspect "$at/sig/free"
  other rm -f $(other ps -aq) >/dev/null
}

fails_other() {
  run --separate-stderr other "$@"
  echo "$stderr"
  [ "$status" -ne 0 ]
}

@test "a key that cannot be read keeps images out, and says which" {
  local at=$REGISTRY digest
  signed_image sig/keyless
  second_daemon "{\"$at/sig\": {\"policy\": \"require\", \"keys\": [\"$scratch/missing.pub\"]}}"
  fails_other pull "$at/sig/keyless"
  says "$scratch/missing.pub" daemon.json
  echo nonsense >"$scratch/missing.pub"
  fails_other pull "$at/sig/keyless"
  says "$scratch/missing.pub" PEM
  printf '{"signatures": {"%s": {"policy": "require"}}}' "$at" >"$scratch/daemon.json"
  run wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run2" --supervisor conmon
  [ "$status" -ne 0 ]
  grep -q "$at.*require with 0 keys" <<<"$output"
}

@test "a copy of an image is taken with the signature of the original, where the policy says so" {
  needs_openssl
  local at=$REGISTRY digest
  make_key good
  signed_image sig/copy --identity vendor.example/app --key "$scratch/good.key"
  second_daemon "{\"$at/sig\": $(require good)}"
  refused "$at/sig/copy" "is for \"vendor.example/app\""
  second_daemon "{\"$at/sig/copy\": {\"policy\": \"require\", \"keys\": [\"$scratch/good.pub\"],
    \"signed-as\": \"vendor.example/app\"}}"
  run -0 other pull -q "$at/sig/copy"
}

@test "a registry with referrers: the signature is found there, and what refers to an image is listed" {
  needs_openssl
  local at digest first second_one
  make_key good
  serve
  second_daemon "{\"$at/team\": $(require good)}"
  signed_image team/app
  run -0 other image referrers "$at/team/app"
  equal "${#lines[@]}" 1
  refused "$at/team/app" "has no signature"
  first=$("$PYTHON" "$TOOLS/sign_image.py" --registry "$at" --name team/app --digest "$digest" \
    --identity "$at/team/app" --key "$scratch/good.key" --subject "$digest,1")
  run -0 other pull -q "$at/team/app"
  second_one=$("$PYTHON" "$TOOLS/sign_image.py" --registry "$at" --name team/app --digest "$digest" \
    --identity "$at/team/app" --key "$scratch/good.key" --subject "$digest,1" --type application/spdx+json)
  run -0 other image referrers "$at/team/app:latest"
  grep -q 'ARTIFACT TYPE' <<<"${lines[0]}"
  equal "${#lines[@]}" 3
  run -0 other image referrers --format json --type application/spdx+json "$at/team/app@$digest"
  equal "$(jq -r .Digest <<<"$output")" "$second_one"
  equal "$(jq -r .ArtifactType <<<"$output")" application/spdx+json
  equal "$(jq -r .Annotations <<<"$output")" 'org.example.note=made by a test'
  run -0 other image referrers --no-trunc --format '{{.ID}}' --type application/vnd.dev.cosign.artifact.sig.v1+json "$at/team/app"
  equal "$output" "$first"
  fails_other image referrers "$at/team/nothing"
  says "not found"
}

@test "a registry without referrers: the tag that stands in for them" {
  local at=$REGISTRY digest
  signed_image ref/app
  run -0 --separate-stderr wherry image referrers --format json "$at/ref/app"
  equal "$output" ""
  grep -q 'no list of referrers' <<<"$stderr"
  "$PYTHON" - "$at" "$digest" "$TOOLS/../../Tools" <<'P'
import json, sys
sys.path.insert(0, sys.argv[3])
from push_image import OCI, Registry, digest
registry = Registry(sys.argv[1], False, None)
config = b"{}"
registry.blob("ref/app", config)
artifact = json.dumps({"schemaVersion": 2, "mediaType": OCI["manifest"], "layers": [],
    "config": {"mediaType": OCI["config"], "digest": digest(config), "size": len(config)}}).encode()
registry.manifest("ref/app", digest(artifact), artifact, OCI["manifest"])
index = json.dumps({"schemaVersion": 2, "mediaType": OCI["index"], "manifests": [
    {"mediaType": OCI["manifest"], "digest": digest(artifact), "size": len(artifact),
     "artifactType": "application/spdx+json"}]}).encode()
registry.manifest("ref/app", sys.argv[2].replace(":", "-"), index, OCI["index"])
P
  run -0 --separate-stderr wherry image referrers --format '{{.ArtifactType}} {{.Size}}' "$at/ref/app"
  grep -q '^application/spdx+json ' <<<"$output"
}
