# Daemons reached through ssh, and messages looked at. A real sshd on loopback with keys of its own.
load ../lib/common

setup() {
  command -v sshd >/dev/null || [ -x /usr/sbin/sshd ] || skip "no sshd in the machine; the bare tier has one"
  ssh=$BATS_TEST_TMPDIR/ssh
  mkdir -p "$ssh/bin" /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$ssh/host"
  ssh-keygen -q -t ed25519 -N '' -f "$ssh/id"
  cp "$ssh/id.pub" "$ssh/authorized"
  ln -s "$(command -v wherry)" "$ssh/bin/wherry"
  port=$((20000 + RANDOM % 20000))
  cat >"$ssh/sshd_config" <<C
Port $port
ListenAddress 127.0.0.1
HostKey $ssh/host
AuthorizedKeysFile $ssh/authorized
PidFile $ssh/sshd.pid
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
SetEnv PATH=$ssh/bin:/usr/bin:/bin
C
  /usr/sbin/sshd -f "$ssh/sshd_config" 3>&-
  # What a user would have in ~/.ssh/config.
  mkdir "$ssh/path"
  printf '#!/bin/sh\nexec /usr/bin/ssh -F none -i %s -o UserKnownHostsFile=%s -o StrictHostKeyChecking=accept-new "$@"\n' \
    "$ssh/id" "$ssh/known" >"$ssh/path/ssh"
  chmod 755 "$ssh/path/ssh"
  socket=${WHERRY_HOST:-unix:///run/wherry/wherry.sock}
  host=ssh://root@127.0.0.1:$port${socket#unix://}
  PATH=$ssh/path:$PATH
}

teardown() {
  [ ! -f "$ssh/sshd.pid" ] || kill "$(cat "$ssh/sshd.pid")"
}

@test "commands, exit codes and binary streams pass through ssh" {
  run -0 wherry -H "$host" version --format '{{.Server.Version}}'
  run -7 wherry -H "$host" run --rm "$IMG" sh -c 'exit 7'
  head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  wherry -H "$host" run --rm -i "$IMG" cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
  cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
  no_relay() { ! pgrep -f 'wherry.* dial-stdio' >/dev/null; }
  eventually 5 no_relay
}

@test "an ssh that cannot get there, and a device without a daemon, end at once and say so" {
  run -1 --separate-stderr timeout 20 wherry -H ssh://root@127.0.0.1:1/x ps
  grep -q 'ssh could not connect' <<<"$stderr"
  run -1 --separate-stderr timeout 20 wherry -H "ssh://root@127.0.0.1:$port/no/daemon.sock" ps
  grep -q 'there is no daemon' <<<"$stderr"
  run -1 --separate-stderr wherry -H 'ssh://-oProxyCommand=touch' ps
  grep -q 'invalid host' <<<"$stderr"
}

@test "a changed host key is refused" {
  run -0 wherry -H "$host" ps
  ssh-keygen -q -t ed25519 -N '' -f "$ssh/other"
  kill "$(cat "$ssh/sshd.pid")"
  sed -i "s|HostKey .*|HostKey $ssh/other|" "$ssh/sshd_config"
  eventually 5 /usr/sbin/sshd -f "$ssh/sshd_config" 3>&-
  run -1 --separate-stderr timeout 20 wherry -H "$host" ps
  grep -q 'HOST IDENTIFICATION HAS CHANGED' <<<"$stderr"
}

@test "messages are shown in diagnostic notation and kept in a capture" {
  run -0 --separate-stderr wherry debug rpc --capture "$BATS_TEST_TMPDIR/capture" ps -q
  grep -Eq '> [0-9]+ B request container-list \[1, 1, 22, ' <<<"$stderr"
  grep -Eq '< [0-9]+ B response \[2, 1, ' <<<"$stderr"
  equal "$(stat -c %a "$BATS_TEST_TMPDIR/capture")" 600
  run -0 wherry debug rpc --read "$BATS_TEST_TMPDIR/capture"
  equal "$(wc -l <<<"$output")" 4
}
