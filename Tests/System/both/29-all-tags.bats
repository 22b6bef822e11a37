# pull -a, push -a and search.
load ../lib/common

# many NAME: a repository with more tags than docker-registry lists on one page.
upstream() {
  . "$TOOLS/images.bash"
  port=$(free_port) at=127.0.0.1:$port
  pid=$(start_registry "$port" "$scratch/other")
}

teardown() {
  [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
  wherry rmi -f $(wherry images --format '{{.Repository}}:{{.Tag}}' | grep "^${at:-none}/") >/dev/null 2>&1 || true
  remove_all_containers
  rm -rf --one-file-system "$scratch"
}

@test "push -a sends all tags of a repository, pull -a brings them" {
  upstream
  wherry pull -q "$REGISTRY/box:two" >/dev/null
  wherry tag "$IMG" "$at/team/box:a"
  wherry tag "$REGISTRY/box:two" "$at/team/box:b"
  wherry tag "$IMG" "$at/team/box2:no"
  run -0 wherry push -a "$at/team/box"
  grep -q "The push refers to repository \[$at/team/box\]" <<<"$output"
  equal "$(grep -c '^[ab]: digest: sha256:' <<<"$output")" 2
  wherry rmi -f "$at/team/box:a" "$at/team/box:b" >/dev/null
  run -0 wherry pull --all-tags "$at/team/box"
  grep -q '^a: Pulling from' <<<"$output"
  grep -q '^b: Pulling from' <<<"$output"
  equal "$(grep -c '^Digest: sha256:' <<<"$output")" 2
  equal "$(grep -c "^Status: .* for $at/team/box\$" <<<"$output")" 1
  equal "${lines[-1]}" "$at/team/box"
  refute wherry pull -q "$at/team/box2:no"
  run -0 wherry run --rm "$at/team/box:b"
  equal "${lines[-1]}" second
  run -0 wherry pull -q -a "$at/team/box"
  equal "$output" "$at/team/box"
}

@test "a tag beside -a is refused, and a repository without images" {
  fails 1 pull -a "$IMG"
  says "tag can't be used with --all-tags/-a"
  fails 1 push -a "$IMG"
  says "tag can't be used with --all-tags/-a"
  fails 1 push -a "$REGISTRY/nothing/here"
  says "does not exist locally"
  fails any pull -a "$REGISTRY/nothing/here"
}

@test "tags are listed over many pages" {
  # Of one tag each.
  cat >"$scratch/pages.py" <<'P'
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        path, _, query = self.path.partition("?")
        last = dict(part.split("=") for part in query.split("&") if "=" in part).get("last")
        body, link = b"{}", None
        if path == "/v2/pages/tags/list":
            at = int(last[1:]) + 1 if last else 0
            body = json.dumps({"name": "pages", "tags": [f"t{at}"]}).encode()
            if at < 4: link = f"</v2/pages/tags/list?n=1&last=t{at}>; rel=\"next\""
        elif path == "/v2/endless/tags/list":
            body = json.dumps({"tags": ["x"]}).encode()
            link = "</v2/endless/tags/list?n=1&last=x>; rel=\"next\""
        elif path == "/v2/elsewhere/tags/list":
            body = json.dumps({"tags": ["x"]}).encode()
            link = "<http://127.0.0.1:1/v2/elsewhere/tags/list>; rel=\"next\""
        elif path != "/v2/":
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if link: self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
P
  port=$(free_port) at=127.0.0.1:$port
  "$PYTHON" "$scratch/pages.py" "$port" </dev/null >/dev/null 2>&1 3>&- 4>&- &
  pid=$!
  eventually 20 bash -c "exec 7<>/dev/tcp/127.0.0.1/$port"
  # The first of them is not there: all pages were read before.
  fails any pull -a "$at/pages"
  says t0
  fails any pull -a "$at/endless"
  says "more than"
  fails any pull -a "$at/elsewhere"
  says "elsewhere"
}

@test "search finds repositories of a registry, by its catalog" {
  run -0 wherry search "$REGISTRY/bo"
  grep -q '^NAME *DESCRIPTION *STARS *OFFICIAL' <<<"$output"
  grep -q "^$REGISTRY/box " <<<"$output"
  refute grep -q "$REGISTRY/entry" <<<"$output"
  run -0 wherry search --format '{{.Name}}' "$REGISTRY/"
  grep -qx "$REGISTRY/entry" <<<"$output"
  run -0 wherry search --limit 1 --format '{{.Name}}' "$REGISTRY/"
  equal "${#lines[@]}" 1
  run -0 wherry search -f stars=1 --format '{{.Name}}' "$REGISTRY/"
  equal "$output" ""
  fails any search --limit 101 "$REGISTRY/box"
  fails any search -f nonsense=1 "$REGISTRY/box"
  fails any search 127.0.0.1:1/box
}
