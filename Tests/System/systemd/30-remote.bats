# Remote access in the machine: off by default, mutual TLS only, roles from certificates.
load ../lib/common

teardown_file() {
  systemctl disable --now wherry-remote.socket 2>/dev/null
  systemctl stop wherry.service wherry.socket
  rm -rf /etc/wherry/tls
  systemctl start wherry.socket
}

remote() { # WHO ARG…
  local files=$BATS_FILE_TMPDIR/$1
  shift
  wherry -H tcp://localhost --tlscacert "$files/ca.pem" --tlscert "$files/cert.pem" --tlskey "$files/key.pem" "$@"
}

@test "nothing listens on TCP after an installation, nor without certificates" {
  refute grep -q 2378 <<<"$(ss -ltn)"
  systemctl enable --now wherry-remote.socket
  run ! systemctl is-active wherry-remote.socket
  systemctl disable wherry-remote.socket
}

@test "certificates decide who may do what, through the activated socket" {
  local role
  wherry daemon cert ca --out "$BATS_FILE_TMPDIR/ca"
  wherry daemon cert device --ca "$BATS_FILE_TMPDIR/ca" --host localhost --out /etc/wherry/tls
  for role in viewer operator admin; do
    wherry daemon cert client --ca "$BATS_FILE_TMPDIR/ca" --name "test-$role" --role $role --out "$BATS_FILE_TMPDIR/$role"
  done
  systemctl stop wherry.service
  systemctl enable --now wherry-remote.socket
  sleeper remote >/dev/null

  run -0 remote viewer ps --format '{{.Names}}'
  equal "$output" remote
  run -1 --separate-stderr remote viewer stop remote
  grep -q 'needs the role operator' <<<"$stderr"
  run -0 remote operator restart -t 0 remote
  run -1 --separate-stderr remote operator rm -f remote
  grep -q 'needs the role admin' <<<"$stderr"
  run -0 remote admin exec remote echo over TLS
  equal "$output" "over TLS"
  run -0 remote admin rm -f remote
  denial_is_in_the_journal() {
    journalctl -u wherry.service -o cat | grep -F 'container-stop (denied)' | grep -q 'certificate "test-viewer" from'
  }
  eventually 5 denial_is_in_the_journal
}

@test "another CA's client, no certificate and plain text are refused and reported" {
  wherry daemon cert ca --out "$BATS_FILE_TMPDIR/other"
  wherry daemon cert client --ca "$BATS_FILE_TMPDIR/other" --name evil --role admin --out "$BATS_FILE_TMPDIR/evil"
  cp "$BATS_FILE_TMPDIR/ca/ca.pem" "$BATS_FILE_TMPDIR/evil/ca.pem"
  run -1 --separate-stderr remote evil ps
  grep -q 'does not know the CA of our certificate' <<<"$stderr"
  run -0 python3 -c '
import socket
peer = socket.create_connection(("127.0.0.1", 2378), 5)
peer.settimeout(5)
peer.sendall(b"GET /containers/json HTTP/1.1\r\n\r\n")
answer = b""
try:
    while piece := peer.recv(4096):
        answer += piece
except ConnectionResetError:
    pass
assert b"HTTP" not in answer and b"wherry" not in answer and len(answer) < 64, answer'
  eventually 5 sh -c 'journalctl -u wherry.service | grep -q "refused a remote connection"'
}

@test "a context holds the address and copies of the certificates" {
  local files=$BATS_FILE_TMPDIR/viewer
  export WHERRY_CONFIG=$BATS_TEST_TMPDIR/config
  wherry context create device --wherry "host=tcp://localhost,ca=$files/ca.pem,cert=$files/cert.pem,key=$files/key.pem"
  wherry context use device
  unset WHERRY_HOST
  run -1 --separate-stderr wherry rmi nothing
  grep -q 'test-viewer' <<<"$stderr"
  run -0 wherry --context default version
  run -1 --separate-stderr wherry context rm device
  run -0 wherry context rm -f device
  run -0 wherry context ls -q
  equal "$output" default
}

@test "members of the settings' groups reach the socket before there is a daemon, each with its role" {
  local settings=/etc/wherry/daemon.json
  sleeper box
  [ ! -e $settings ] || cp $settings "$BATS_TEST_TMPDIR/settings"
  { cat $settings 2>/dev/null || echo '{}'; } |
    jq '. + {"viewer-groups": ["games"], "operator-groups": ["bin"]}' >"$BATS_TEST_TMPDIR/new"
  cp "$BATS_TEST_TMPDIR/new" $settings
  systemctl stop wherry.service
  systemctl restart wherry.socket
  local viewer operator stranger denied
  viewer=$(runuser -u games -- wherry ps --format '{{.Names}}') || true
  denied=$(runuser -u games -- wherry stop box 2>&1) || true
  operator=$(runuser -u bin -- wherry restart -t 0 box) || true
  stranger=$(runuser -u news -- wherry ps 2>&1) || true
  if [ -e "$BATS_TEST_TMPDIR/settings" ]; then cp "$BATS_TEST_TMPDIR/settings" $settings; else rm $settings; fi
  systemctl stop wherry.service
  systemctl restart wherry.socket
  equal "$viewer" box
  grep -q 'needs the role operator' <<<"$denied"
  equal "$operator" box
  grep -qi 'permission' <<<"$stranger"
  refute runuser -u games -- wherry ps
}
