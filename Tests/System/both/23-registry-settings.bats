# How registries are reached: a second daemon with settings of its own.
load ../lib/common

teardown() {
  [ -z "${second:-}" ] || kill "$second" 2>/dev/null
  [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null
  rm -rf --one-file-system "$scratch"
}

# second_daemon JSON [VARIABLE=VALUE…]: starts it; `other` talks to it.
second_daemon() {
  echo "$1" >"$scratch/daemon.json"
  shift
  mkdir -p "$scratch/run" "$scratch/state"
  env "$@" wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" \
    --socket "$scratch/run/wherry.sock" --supervisor conmon </dev/null >"$scratch/daemon.log" 2>&1 3>&- 4>&- &
  second=$!
  disown $second
  eventually 10 other version >/dev/null || { cat "$scratch/daemon.log"; return 1; }
}
other() { WHERRY_HOST=unix://$scratch/run/wherry.sock wherry "$@"; }

# make_certificates: an authority, a server's certificate for reg.test and 127.0.0.1, a client's.
make_certificates() {
  (
    cd "$scratch"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=tests-ca
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=reg.test
    printf 'subjectAltName=DNS:reg.test,IP:127.0.0.1\n' >ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 30 -extfile ext
    openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=device
    openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 30
  ) >/dev/null 2>&1
}

# tls_registry [CLIENTCA]: on the suite's folder, so that it has the suite's images.
tls_registry() {
  . "$TOOLS/images.bash"
  port=$(free_port)
  cat >"$scratch/registry.yml" <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $SUITE/registry}}
http:
  addr: "127.0.0.1:$port"
  tls: {certificate: $scratch/server.crt, key: $scratch/server.key${1:+, clientcas: [$1]}}
END
  docker-registry serve "$scratch/registry.yml" </dev/null >"$scratch/registry.log" 2>&1 3>&- 4>&- &
  pid=$!
  disown $pid
  eventually 10 reachable "$port" >/dev/null
}

@test "a registry's own authority and a client certificate, from certs.d" {
  command -v openssl >/dev/null || skip "openssl is not installed"
  make_certificates
  tls_registry "$scratch/ca.crt"
  second_daemon "{\"registries\": {\"certificate-directories\": [\"$scratch/certs.d\"]}}"
  run other pull "127.0.0.1:$port/box:two"
  [ "$status" -ne 0 ]
  grep -q 'certificate is not trusted' <<<"$output"
  grep -q "certs.d/127.0.0.1:$port/ca.crt" <<<"$output"
  kill $second
  mkdir -p "$scratch/certs.d/127.0.0.1:$port"
  cp "$scratch/ca.crt" "$scratch/certs.d/127.0.0.1:$port/"
  second_daemon "{\"registries\": {\"certificate-directories\": [\"$scratch/certs.d\"]}}"
  run other pull "127.0.0.1:$port/box:two"
  [ "$status" -ne 0 ]
  kill $second
  cp "$scratch/client.crt" "$scratch/certs.d/127.0.0.1:$port/client.cert"
  cp "$scratch/client.key" "$scratch/certs.d/127.0.0.1:$port/client.key"
  second_daemon "{\"registries\": {\"certificate-directories\": [\"$scratch/certs.d\"]}}"
  run -0 other pull "127.0.0.1:$port/box:two"
}

@test "a clock that is wrong is named" {
  command -v openssl >/dev/null || skip "openssl is not installed"
  make_certificates
  # A certificate of next year shows the same as a clock of last year.
  (
    cd "$scratch"
    openssl ca -help >/dev/null 2>&1
    mkdir -p demo && : >demo/index.txt && echo 01 >demo/serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=demo/index.txt\nserial=demo/serial\nnew_certs_dir=demo\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n' >ca.cnf
    openssl ca -batch -config ca.cnf -cert ca.crt -keyfile ca.key -in server.csr -out server.crt -extfile ext \
      -startdate "$(date -u -d '+300 days' +%y%m%d%H%M%SZ)" -enddate "$(date -u -d '+600 days' +%y%m%d%H%M%SZ)"
  ) >/dev/null 2>&1
  tls_registry
  mkdir -p "$scratch/certs.d/127.0.0.1:$port"
  cp "$scratch/ca.crt" "$scratch/certs.d/127.0.0.1:$port/"
  second_daemon "{\"registries\": {\"certificate-directories\": [\"$scratch/certs.d\"]}}"
  run other pull "127.0.0.1:$port/box:two"
  [ "$status" -ne 0 ]
  grep -q 'its certificate is valid from .* and the clock of this device says' <<<"$output"
}

@test "a proxy carries a pull, and NO_PROXY keeps it out" {
  command -v openssl >/dev/null || skip "openssl is not installed"
  make_certificates
  tls_registry
  . "$TOOLS/images.bash"
  local proxy
  proxy=$(free_port)
  "$PYTHON" "$TOOLS/proxy.py" "$proxy" "$scratch/proxy.log" </dev/null >/dev/null 2>&1 3>&- 4>&- &
  local proxy_pid=$!
  disown $proxy_pid
  eventually 10 reachable "$proxy" >/dev/null
  mkdir -p "$scratch/certs.d/reg.test:$port"
  cp "$scratch/ca.crt" "$scratch/certs.d/reg.test:$port/"
  local settings="{\"registries\": {\"certificate-directories\": [\"$scratch/certs.d\"]}}"
  second_daemon "$settings" "HTTPS_PROXY=http://us%65r:word@127.0.0.1:$proxy"
  run -0 other pull "reg.test:$port/box:two"
  grep -q "CONNECT reg.test:$port $(printf 'user:word' | base64)" "$scratch/proxy.log"
  kill $second
  : >"$scratch/proxy.log"
  second_daemon "$settings" "HTTPS_PROXY=http://127.0.0.1:$proxy" NO_PROXY=.test
  run other pull "reg.test:$port/box:three"
  [ "$status" -ne 0 ]
  [ ! -s "$scratch/proxy.log" ]
  kill $proxy_pid
}

@test "a mirror with another prefix is asked first, the registry itself where the mirror fails" {
  local place="127.0.0.1:1/team"
  second_daemon "{\"registries\": {\"mirrors\": {\"$place\": [\"127.0.0.1:2/none\", \"$REGISTRY\"], \"127.0.0.1:1\": [\"127.0.0.1:3\"]}}}"
  run -0 other pull "$place/box:two"
  grep -q 'mirror 127.0.0.1:2 passed over' <<<"$output"
  run -0 other images
  grep -q "^$place/box *two" <<<"$output"
}

@test "an image that the device cannot hold is refused before the first byte, with the numbers" {
  mkdir -p "$scratch/state"
  mount -t tmpfs -o size=48m tmpfs "$scratch/state"
  # 64 MiB of zeros are some KiB in the registry.
  mkdir -p "$scratch/big"
  head -c $((64 << 20)) /dev/zero >"$scratch/big/zeros"
  push --name big-zeros --rootfs "$scratch/big" >/dev/null
  second_daemon '{}'
  run other pull "$REGISTRY/big-zeros:latest"
  umount -l "$scratch/state"
  [ "$status" -ne 0 ]
  grep -q 'needs about 64 MiB for 1 layer' <<<"$output"
  grep -q 'wherry image prune' <<<"$output"
}

@test "settings that cannot be are refused by name" {
  for json in '{"registries": {"mirror": {}}}' '{"registries": {"mirrors": {"a b": []}}}' \
    '{"registries": {"mirrors": {"docker.io": ["ftp://x/y"]}}}' \
    '{"registries": {"proxies": {"https-proxy": "socks5://x:1"}}}' '{"registries": {"max-concurrent-downloads": 0}}'; do
    echo "$json" >"$scratch/daemon.json"
    run wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" --supervisor conmon
    [ "$status" -ne 0 ]
  done
}
