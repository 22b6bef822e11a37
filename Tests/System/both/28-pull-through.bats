# A registry that fetches from another what it is asked for, and keeps it: wherry registry serve --proxy.
load ../lib/common

# upstream [EXTRA]: sets up (host:port) and up_pid: a docker-registry that writes down what it is asked.
upstream() {
  . "$TOOLS/images.bash"
  up_port=${up_port:-$(free_port)} up=127.0.0.1:$up_port
  mkdir -p "$scratch/upstream"
  registry_config "$up_port" "$scratch/upstream" "${1:-}" | sed 's/, accesslog: {disabled: true}//' >"$scratch/upstream.yml"
  docker-registry serve "$scratch/upstream.yml" </dev/null >>"$scratch/upstream.log" 2>&1 3>&- 4>&- &
  up_pid=$!
  eventually 20 listens "$up_port"
}

# proxy [FLAG…]: sets at (host:port) and server.
proxy() {
  port=${port:-$(free_port)} at=127.0.0.1:$port
  wherry registry serve --storage "$scratch/store" --listen "$at" "$@" </dev/null >>"$scratch/server.log" 2>&1 3>&- 4>&- &
  server=$!
  eventually 20 listens "$port" || { cat "$scratch/server.log"; return 1; }
}

listens() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
stop_server() { kill "${1:--TERM}" "$server" && { wait "$server" || true; }; }
code() { "$PYTHON" "$TOOLS/http_status.py" "$@"; }
blob_file() { echo "$scratch/store/blobs/sha256/${1:0:2}/$1"; }
# fetched HEX: how often upstream sent that blob.
fetched() { grep -c "GET /v2/.*/blobs/sha256:$1.* 200 " "$scratch/upstream.log" || true; }
tree_of() { wherry run --rm "$1" sh -c 'cat /etc/second /etc/passwd'; }

# fetch_all REPOSITORY TAG: prints the hex of every blob of an image, read through the proxy and compared.
fetch_all() {
  "$PYTHON" - "$at" "$1" "$2" <<'P'
import hashlib, json, sys, urllib.request
at, name, tag = sys.argv[1:]
def get(path):
    request = urllib.request.Request(f"http://{at}/v2/{name}/{path}", headers={"Accept": "*/*"})
    return urllib.request.urlopen(request, timeout=60).read()
manifest = json.loads(get(f"manifests/{tag}"))
for blob in [manifest["config"], *manifest["layers"]]:
    hex = blob["digest"].removeprefix("sha256:")
    assert hashlib.sha256(get("blobs/" + blob["digest"])).hexdigest() == hex
    print(hex)
P
}

# upload REPOSITORY MIB: sets blob (hex); a random blob at upstream.
upload() {
  random_file "$scratch/blob" "$2"
  "$PYTHON" - "$up" "$1" "$scratch/blob" <<'P'
import hashlib, http.client, sys
at, name, path = sys.argv[1:]
data = open(path, "rb").read()
link = http.client.HTTPConnection(at, timeout=120)
link.request("POST", f"/v2/{name}/blobs/uploads/")
answer = link.getresponse()
answer.read()
place = answer.getheader("Location")
place = place[place.index("/v2/"):]
link.request("PUT", f"{place}{'&' if '?' in place else '?'}digest=sha256:{hashlib.sha256(data).hexdigest()}", body=data)
answer = link.getresponse()
assert answer.status == 201, (answer.status, answer.read())
P
  blob=$(sha256sum "$scratch/blob" | cut -d' ' -f1)
}

# box TAG: the suite's image with three layers, at upstream as site/box:TAG.
box() {
  wherry pull -q "$REGISTRY/box:three" >/dev/null
  wherry tag "$REGISTRY/box:three" "$up/site/box:$1"
  wherry push -q "$up/site/box:$1" >/dev/null
  wherry rmi "$up/site/box:$1" >/dev/null
}

teardown() {
  [ -z "${server:-}" ] || kill -KILL "$server" 2>/dev/null || true
  [ -z "${up_pid:-}" ] || kill -KILL "$up_pid" 2>/dev/null || true
  remove_all_containers
  rm -rf --one-file-system "$scratch"
}

@test "an image is fetched once, and still pulls when upstream is gone" {
  local layers hex
  upstream
  box 1
  proxy --proxy "http://$up" --proxy-ttl 0s
  : >"$scratch/upstream.log"
  layers=$(fetch_all site/box 1)
  [ "$(wc -w <<<"$layers")" -eq 4 ]
  run -0 wherry pull -q "$at/site/box:1"
  run -0 tree_of "$at/site/box:1"
  equal "${lines[0]}" second
  equal "$(fetch_all site/box 1)" "$layers"
  for hex in $layers; do equal "$(fetched "$hex")" 1; done
  wherry rmi -f "$at/site/box:1" >/dev/null
  kill "$up_pid"
  wait "$up_pid" || true
  up_pid=
  equal "$(fetch_all site/box 1)" "$layers"
  run -0 wherry pull -q "$at/site/box:1"
  grep -q 'cannot be asked' "$scratch/server.log"
  "$PYTHON" - "$at" <<'P'
import sys, urllib.request
answer = urllib.request.urlopen(f"http://{sys.argv[1]}/v2/site/box/manifests/1")
assert answer.headers["Warning"].startswith("110 "), answer.headers
P
  # What was never asked for is not there.
  equal "$(code "http://$at/v2/site/box/manifests/other")" 502
  # Another process finds it, too.
  stop_server
  proxy --proxy "http://$up"
  wherry rmi -f "$at/site/box:1" >/dev/null
  run -0 wherry pull -q "$at/site/box:1"
  wherry rmi -f "$at/site/box:1" >/dev/null
}

@test "of a blob that upstream has damaged nothing is kept" {
  local file
  upstream
  upload big 8
  file=$scratch/upstream/docker/registry/v2/blobs/sha256/${blob:0:2}/$blob/data
  printf damaged | dd of="$file" bs=1 seek=4000000 conv=notrunc status=none
  proxy --proxy "http://$up"
  run "$PYTHON" "$TOOLS/registry_push.py" pull "$at" big "$scratch/blob" fast
  [ "$status" -ne 0 ]
  eventually 20 grep -q 'another digest' "$scratch/server.log"
  [ ! -e "$(blob_file "$blob")" ]
  [ -z "$(ls "$scratch/store/uploads")" ]
  # When it is whole again, so is the copy.
  cp "$scratch/blob" "$file"
  run -0 "$PYTHON" "$TOOLS/registry_push.py" pull "$at" big "$scratch/blob" fast
  cmp "$scratch/blob" "$(blob_file "$blob")"
}

@test "two clients that ask for one blob cause one fetch, and memory does not grow with it" {
  local first before after
  upstream
  upload big 200
  proxy --proxy "http://$up"
  equal "$(code "http://$at/v2/")" 200
  before=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$server/status")
  "$PYTHON" "$TOOLS/registry_push.py" pull "$at" big "$scratch/blob" slow >"$scratch/first" 2>&1 3>&- 4>&- &
  first=$!
  run -0 "$PYTHON" "$TOOLS/registry_push.py" pull "$at" big "$scratch/blob" fast
  wait "$first"
  equal "$(fetched "$blob")" 1
  after=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$server/status")
  echo "# 200 MiB through: $before kB before, $after kB at most" >&3
  [ $((after - before)) -lt 24576 ]
}

@test "it takes no push, and its folder stays what it is" {
  upstream
  proxy --proxy "http://$up"
  equal "$(code --method POST "http://$at/v2/a/blobs/uploads/")" 405
  equal "$(code --method PUT "http://$at/v2/a/manifests/1")" 405
  equal "$(code --method DELETE "http://$at/v2/a/manifests/1")" 405
  wherry tag "$IMG" "$at/mine:1"
  fails any push "$at/mine:1"
  says push there
  wherry rmi "$at/mine:1" >/dev/null
  stop_server
  run wherry registry serve --storage "$scratch/store" --listen "$at"
  [ "$status" -ne 0 ]
  grep -q -- "--proxy http://$up" <<<"$output"
  run wherry registry serve --storage "$scratch/store" --listen "$at" --proxy http://127.0.0.1:1
  [ "$status" -ne 0 ]
  server=
}

@test "it has the password for upstream, and clients need none" {
  local auth
  "$PYTHON" - >"$scratch/htpasswd" <<'P'
import crypt
print("user:" + crypt.crypt("secret", "$2b$05$abcdefghijklmnopqrstuu"))
P
  upstream "auth: {htpasswd: {realm: tests, path: $scratch/htpasswd}}"
  auth=$(printf user:secret | base64)
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$up" "$auth" >"$scratch/push.json"
  REGISTRY_AUTH_FILE=$scratch/push.json box 1
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$up" "$auth" >"$scratch/auth.json"
  proxy --proxy "http://$up" --proxy-auth-file "$scratch/auth.json"
  run -0 wherry pull -q "$at/site/box:1"
  run -0 tree_of "$at/site/box:1"
  wherry rmi -f "$at/site/box:1" >/dev/null
  refute grep -q "secret\|$auth" "$scratch/server.log"
  stop_server
  # Without it upstream says no, and so does this.
  rm -rf "$scratch/store"
  echo '{"auths": {}}' >"$scratch/auth.json"
  proxy --proxy "http://$up" --proxy-auth-file "$scratch/auth.json"
  equal "$(code "http://$at/v2/site/box/manifests/1")" 403
  stop_server
  run wherry registry serve --storage "$scratch/store" --listen "$at" --proxy "http://$up" --proxy-auth-file "$scratch/none"
  [ "$status" -ne 0 ]
  server=
}

@test "a tag that moves is followed when its time is over, and lists are upstream's" {
  local first
  upstream
  box 1
  proxy --proxy "http://$up" --proxy-ttl 2s
  wherry pull -q "$at/site/box:1" >/dev/null
  first=$(wherry image inspect -f '{{.Id}}' "$at/site/box:1")
  wherry tag "$IMG" "$up/site/box:1"
  wherry push -q "$up/site/box:1" >/dev/null
  sleep 3
  wherry pull -q "$at/site/box:1" >/dev/null
  [ "$(wherry image inspect -f '{{.Id}}' "$at/site/box:1")" != "$first" ]
  wherry tag "$IMG" "$up/site/box:2"
  wherry push -q "$up/site/box:2" >/dev/null
  # Debian's docker-registry knows no pages of them.
  "$PYTHON" - "$at" "$up" <<'P'
import json, sys, urllib.request
ours, upstreams = [urllib.request.urlopen(f"http://{at}/v2/site/box/tags/list?n=1") for at in sys.argv[1:]]
assert ours.headers["Link"] == upstreams.headers["Link"], (ours.headers["Link"], upstreams.headers["Link"])
# In no order of its own.
tags = [sorted(json.load(answer)["tags"]) for answer in (ours, upstreams)]
assert tags == [["1", "2"]] * 2, tags
P
  wherry rmi -f "$at/site/box:1" "$up/site/box:1" "$up/site/box:2" >/dev/null
}
