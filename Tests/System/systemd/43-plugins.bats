# Plugins of the machine's own daemon: in the standard folder, under the unit's restrictions, ended with the daemon.
load ../lib/common

SAMPLE=$TOOLS/../../Interop/folders.py
KEPT=/var/lib/folders

setup() {
  mkdir -p /etc/wherry/plugins "$KEPT"
  printf '#!/bin/sh\nFOLDERS_ROOT=%s exec %s %s\n' "$KEPT" "$PYTHON" "$SAMPLE" >/etc/wherry/plugins/folders
  chmod 755 /etc/wherry/plugins/folders
}

teardown() {
  remove_all_containers
  wherry volume rm -f data >/dev/null 2>&1 || true
  rm -rf --one-file-system /etc/wherry/plugins "$KEPT" /etc/wherry/daemon.json
  systemctl stop wherry.service
}

users() { ls "$KEPT/data/users" | wc -l; }
has_users() { equal "$(users)" "$1" >/dev/null; }
is_gone() { refute pgrep -f "$SAMPLE" >/dev/null; }

@test "a plugin drives a volume, and no plugin stays while the container runs" {
  equal "$(wherry volume create -d folders data)" data
  wherry run --rm -v data:/data "$IMG" sh -c 'echo kept >/data/file'
  equal "$(cat "$KEPT/data/data/file")" kept
  wherry run -d --name web -v data:/data "$IMG" sleep 1000 >/dev/null
  equal "$(users)" 1
  pgrep -f "$SAMPLE" >/dev/null
  eventually 40 is_gone
  equal "$(wherry exec web cat /data/file)" kept
  wherry rm -f web >/dev/null
  eventually 10 has_users 0
  wherry volume rm data >/dev/null
  equal "$(ls "$KEPT")" ""
}

@test "what a plugin prints is in the journal" {
  printf '#!/bin/sh\necho no such device >&2\nexit 3\n' >/etc/wherry/plugins/folders
  fails any volume create -d folders data
  says "plugin folders"
  told() { journalctl -t wherry-plugin-folders --since -1min -o cat | grep -q 'no such device'; }
  eventually 5 told
}

@test "an authorization plugin is asked, and the units' own calls go on without it" {
  printf '{"authorization-plugins": ["folders"]}' >/etc/wherry/daemon.json
  systemctl stop wherry.service
  equal "$(wherry run --rm "$IMG" echo allowed)" allowed
  fails any run --rm --privileged "$IMG" true
  says "authorization denied by plugin folders"
  wherry run -d --name web "$IMG" sleep 3 >/dev/null
  rm /etc/wherry/plugins/folders
  systemctl stop wherry.service
  fails any ps
  says folders
  # Its end is recorded all the same.
  sleep 4
  rm /etc/wherry/daemon.json
  systemctl stop wherry.service
  equal "$(wherry inspect -f '{{.State.Status}} {{.State.ExitCode}}' web)" "exited 0"
}
