# The registry as a service of the package: off, then started by its socket, confined, gone when idle.
load ../lib/common

teardown() {
  [ -n "${BATS_TEST_COMPLETED:-}" ] || journalctl --no-pager -n 30 -u wherry-registry.service -u wherry-registry.socket
  systemctl disable --now wherry-registry.socket wherry-registry.service >/dev/null 2>&1 || true
  rm -rf /etc/default/wherry-registry /etc/systemd/system/wherry-registry.socket.d
  remove_all_containers
  rm -rf "$scratch"
}

registry_is() { [ "$(systemctl is-active wherry-registry.service)" = "$1" ]; }
code() { "$PYTHON" "$TOOLS/http_status.py" "$@"; }

@test "the registry is off until its socket is enabled, serves a push, and goes when it is idle" {
  refute systemctl is-enabled -q wherry-registry.socket
  refute systemctl is-active -q wherry-registry.socket
  echo 'OPTIONS=--idle-exit 2' >/etc/default/wherry-registry
  systemctl enable --now wherry-registry.socket
  registry_is inactive
  wherry tag "$IMG" localhost:5000/unit/box:1
  run -0 wherry push localhost:5000/unit/box:1
  registry_is active
  equal "$(stat -c %U /var/lib/wherry/registry)" wherry-registry
  equal "$(ps -o user= -p "$(systemctl show -p MainPID --value wherry-registry.service)" | cut -c1-7)" wherry-
  eventually 30 registry_is inactive
  equal "$(systemctl show -p Result --value wherry-registry.service)" success
  # The next request starts it again, and all is there.
  wherry rmi localhost:5000/unit/box:1 >/dev/null
  run -0 wherry pull -q localhost:5000/unit/box:1
  wherry rmi localhost:5000/unit/box:1 >/dev/null
  run -0 wherry registry prune --untagged --older-than 0 --dry-run
  grep -q 'Would remove 0 manifests and 0 blobs' <<<"$output"
}

@test "the registry's service asks for passwords of a file that its group may read" {
  printf 'user:%s\n' "$("$PYTHON" -c 'import crypt; print(crypt.crypt("secret", "$2b$05$abcdefghijklmnopqrstuu"))')" >/etc/wherry/htpasswd
  chown root:wherry-registry /etc/wherry/htpasswd
  chmod 640 /etc/wherry/htpasswd
  echo 'OPTIONS=--htpasswd /etc/wherry/htpasswd' >/etc/default/wherry-registry
  systemctl enable --now wherry-registry.socket
  equal "$(code http://127.0.0.1:5000/v2/)" 401
  equal "$(code --user user:secret http://127.0.0.1:5000/v2/)" 200
  rm /etc/wherry/htpasswd
}
