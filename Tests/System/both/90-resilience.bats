# The daemon killed, the disk full, garbage on the socket.
load ../lib/common

@test "killing the daemon leaves containers running and the next one fully informed" {
  local id pid
  id=$(sleeper survivor --label keep=me)
  pid=$(pid_of survivor)
  daemon_kill
  kill -0 "$pid"
  daemon_start
  equal "$(state_of survivor)" running
  equal "$(pid_of survivor)" "$pid"
  equal "$(wherry ps -q --no-trunc --filter label=keep=me)" "$id"
  run -0 wherry exec survivor echo reached
  equal "$output" reached
  wherry stop -t 2 survivor
  equal "$(exit_code_of survivor)" 0
}

@test "what ends while there is no daemon is known to the next" {
  wherry run -d --name brief "$IMG" sh -c 'sleep 1; echo last words; exit 6'
  local pid
  pid=$(pid_of brief)
  daemon_kill
  eventually 10 bash -c "! kill -0 $pid 2>/dev/null"
  daemon_start
  eventually 5 has_state brief exited
  equal "$(exit_code_of brief)" 6
  run -0 wherry logs brief
  equal "$output" "last words"
}

@test "logs written while there is no daemon are kept" {
  wherry run -d --name writer "$IMG" sh -c 'for i in $(seq 1 30); do echo $i; sleep 0.1; done'
  sleep 0.5
  daemon_kill
  sleep 1
  daemon_start
  wherry wait writer
  equal "$(wherry logs writer)" "$(seq 1 30)"
}

@test "a daemon killed twenty times at random never loses a container" {
  local i
  for i in $(seq 20); do
    wherry run -d --name "steady$i" "$IMG" sleep 1000 >/dev/null 2>&1 3>&- &
    sleep "0.$((RANDOM % 40 + 5))"
    daemon_kill
    wait "$!" || true
    daemon_start
    wherry version >/dev/null
  done
  # Whatever was acknowledged or not: each is listed once at most, can be stopped, and can be removed.
  local listed
  listed=$(wherry ps -a --format '{{.Names}}' | sort)
  equal "$(uniq -d <<<"$listed")" ""
  for name in $listed; do wherry rm -f "$name" >/dev/null; done
  equal "$(wherry ps -aq)" ""
  eventually 5 no_container_mounts
}
no_container_mounts() { ! grep -q "$STATE/containers" /proc/self/mountinfo; }

@test "garbage on the socket costs one connection" {
  local socket=${WHERRY_HOST:-unix:///run/wherry/wherry.sock}
  sleeper alive
  "$PYTHON" - "${socket#unix://}" <<'END'
import os, socket, sys
cases = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", os.urandom(4096), b"\x81" * 100000,
         b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x5a\xff\xff\xff\xff", b"\x5f\x41\x00", b"\x40", b"\x41\xff", b""]
for case in cases:
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(10)
    peer.connect(sys.argv[1])
    try:
        peer.sendall(case)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass
    except (ConnectionError, BrokenPipeError):
        pass
    peer.close()
END
  has_state alive running
}

@test "a full disk during a pull is an error that names it, and nothing is left" {
  [ "$WHERRY_ENV" = bare ] || skip "the machine's daemon has one state folder; the bare tier fills a disk"
  local pid socket=$scratch/full.sock
  mkdir -p "$scratch/full" "$scratch/full-run"
  # 32 MiB are kept free on purpose; of the rest a layer of 30 MiB is too much.
  mount -t tmpfs -o size=48m tmpfs "$scratch/full"
  wherry daemon --state "$scratch/full" --run "$scratch/full-run" --socket "$socket" --supervisor conmon \
    </dev/null >"$scratch/full.log" 2>&1 3>&- &
  pid=$!
  eventually 10 wherry -H "unix://$socket" version >/dev/null
  fails any -H "unix://$socket" pull "$STUB/cut-once/full:latest"
  says space
  run -0 wherry -H "unix://$socket" images -q
  equal "$output" ""
  # What fits still goes, so the space came back.
  run -0 wherry -H "unix://$socket" pull "$STUB/good/fits:latest"
  run -0 wherry -H "unix://$socket" images -q
  equal "${#lines[@]}" 1
  kill "$pid"
  wait "$pid" || true
  umount "$scratch/full"
}

@test "two pulls of one image at once both succeed" {
  wherry rmi -f "$REGISTRY/box:two" >/dev/null 2>&1 || true
  wherry pull -q "$REGISTRY/box:two" >"$scratch/a" 2>&1 3>&- &
  local first=$!
  wherry pull -q "$REGISTRY/box:two" >"$scratch/b" 2>&1 3>&- &
  local second=$!
  wait "$first"
  wait "$second"
  run -0 wherry run --rm "$REGISTRY/box:two"
  equal "$output" second
}

@test "ten containers of one name at once: one wins, nine are refused" {
  local i won=0 pids=()
  for i in $(seq 10); do
    wherry run -d --name contested "$IMG" sleep 100 >/dev/null 2>&1 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do if wait "$i"; then won=$((won + 1)); fi; done
  equal "$won" 1
  equal "$(wherry ps -aq | wc -l)" 1
}

@test "a damaged record loses one container and says so" {
  local id
  id=$(wherry create --name damaged "$IMG" true)
  wherry create --name intact "$IMG" true
  daemon_kill
  head -c 20 /dev/urandom | dd of="$STATE/containers/$id/record.cbor" bs=1 seek=30 conv=notrunc status=none
  daemon_start
  run -0 wherry ps -a --format '{{.Names}}'
  grep -qx intact <<<"$output"
}
