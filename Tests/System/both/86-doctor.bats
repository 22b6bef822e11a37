# doctor: what is wrong with the device is told with what to do; and system wear: who writes how much.
load ../lib/common
. "$TOOLS/images.bash"

# doctor STATUSES ARG…: runs it and demands one of the exit codes. $output holds what it said.
doctor() {
  local wanted=$1
  shift
  run wherry doctor "$@"
  echo "doctor $*: exit $status"
  echo "$output"
  [[ " $wanted " == *" $status "* ]]
}

# found CHECK: the states of what the last run with --format json found there, sorted.
found() {
  "$PYTHON" -c '
import json, sys
print(" ".join(sorted(f["State"] for f in map(json.loads, sys.stdin) if f["Check"] == sys.argv[1])))' "$1" <<<"$output"
}

@test "every check says something, within a minute, and the exit code follows the worst of it" {
  local check worst
  begin=$SECONDS
  doctor "0 1 2" --format json
  [ $((SECONDS - begin)) -lt 60 ]
  worst=0
  grep -q '"State":"warning"' <<<"$output" && worst=1
  grep -q '"State":"fault"' <<<"$output" && worst=2
  equal "$status" "$worst"
  for check in daemon access units programs kernel cgroups apparmor clock disk memory journal dns registries firewall; do
    [ -n "$(found $check)" ] || { echo "nothing of $check"; return 1; }
  done
  equal "$(found daemon)" ok
  # Nothing is wrong without a remedy.
  "$PYTHON" -c '
import json, sys
for finding in map(json.loads, sys.stdin):
  assert finding["State"] in ("ok", "unknown") or finding["Remedy"], finding' <<<"$output"
}

@test "only the checks that are named are run, and what is no check is refused" {
  doctor "0 1" --format json memory daemon
  equal "$(grep -o '"Check":"[a-z]*"' <<<"$output" | sort -u | tr '\n' ' ')" '"Check":"daemon" "Check":"memory" '
  fails 125 doctor disc
  says "disc" "checks are: daemon"
  fails 125 doctor --format xml
  doctor "0 1" -q daemon
  equal "$output" ""
}

@test "a registry that answers, one that is not there, one that is none, and one whose name is none" {
  doctor 0 --registry "$REGISTRY" --format json registries
  equal "$(found registries)" ok
  doctor 1 --registry 127.0.0.1:1 --format json registries
  equal "$(found registries)" warning
  begin_server "$scratch/port"
  doctor "0 1 2" --registry "127.0.0.1:$(cat "$scratch/port")" registries
  kill "$server"
  equal "$status" 2
  [[ "$output" == *"status 418"* ]]
  doctor 2 --registry 'no/registry' registries
  [[ "$output" == *"HOST or HOST:PORT"* ]]
}

# begin_server FILE: a web server that is no registry, its port in FILE.
begin_server() {
  "$PYTHON" -c '
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(418)
    self.send_header("Content-Length", "0")
    self.end_headers()
  def log_message(self, *words): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as file: file.write(str(server.server_port))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()' "$1" 3>&- &
  server=$!
  there() { [ -s "$scratch/port" ]; }
  eventually 10 there
}

@test "without a daemon it says why, and looks at the device all the same" {
  run wherry -H "unix://$scratch/none.sock" doctor --format json
  echo "$output"
  equal "$status" 2
  equal "$(found daemon)" fault
  [ -n "$(found kernel)" ]
  [ -n "$(found disk)" ]
  equal "$(found registries)" unknown
}

@test "wear: each container has a row; what is not counted is unknown and not zero" {
  wherry run -d --name writer "$IMG" sh -c 'dd if=/dev/zero of=/file bs=64k count=16 conv=fsync; sleep 1000'
  wherry run --rm "$IMG" true
  run -0 wherry system wear
  echo "$output"
  [[ "$output" == "CONTAINER "*"WRITTEN"*"A DAY"*"SHARE"* ]]
  grep -q '^writer ' <<<"$output"
  grep -q '^(removed containers) ' <<<"$output"
  grep -q '^(wherry) ' <<<"$output"
  grep -q '^Counted for: ' <<<"$output"
  run -0 wherry system wear --format json
  echo "$output"
  "$PYTHON" -c '
import glob, json, sys
rows = {row["Kind"]: row for row in map(json.loads, sys.stdin)}
writer = rows["container"]
counts = glob.glob("/sys/fs/cgroup/cgroup.controllers") and "io" in open("/sys/fs/cgroup/cgroup.controllers").read().split()
counts = counts or glob.glob("/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes")
assert counts or writer["WrittenBytes"] is None, writer
assert (writer["WrittenBytes"] is None) == (writer["Written"] == "--"), writer
assert rows["engine"]["WrittenBytes"] is None or rows["engine"]["WrittenBytes"] >= 0' <<<"$output"
  wherry rm -f writer
  run -0 wherry system wear --format '{{.Kind}}'
  refute grep -q '^container$' <<<"$output"
}
