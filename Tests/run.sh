#!/bin/bash
# run.sh [TIER…]: installs what the tests need and runs all of them, or the tiers named:
#
#   gates    what must hold of the source and the linked binary
#   unit     swift test
#   cbor     Wherry's CBOR against Python's cbor2
#   interop  a Python client that knows only wherry.cddl, against the real daemon
#   counts   instructions and allocations of the RPC's hot paths, against committed thresholds
#   fuzz     decoders, the connection machine and the front door under libFuzzer, for a short time
#   soak     50,000 calls with cancels and disconnects, after which nothing may be left of them
#   bare     the command line on this machine, with runc and conmon
#   nspawn   the same and more in a Debian 12 machine with systemd, from the .deb
#   host     that machine rebooted, cut off from power, upgraded and purged
#   machine  virtual machines (qemu) with kernels of their own: limits and power cuts; more by Tests/Machine/run.sh
#
# Needs Debian 12 or later, root, a Swift 6.2 toolchain and a package mirror. Ends with one line:
# N passed, N failed, N skipped. A skip has its reason.
set -uo pipefail

cd "$(dirname "$0")/.."
top=$PWD
tiers=("$@")
[ ${#tiers[@]} -gt 0 ] || tiers=(gates unit cbor interop counts fuzz soak bare nspawn host machine)
export WHERRY_TEST_CACHE=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}
logs=$(mktemp -d)
passed=0 failed=0 skipped=0 root_maker=
trap '[ -z "$root_maker" ] || kill "$root_maker" 2>/dev/null; rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM

wants() { [[ " ${tiers[*]} " == *" $1 "* ]]; }
say() { printf '\n== %s\n' "$*"; }
stop() {
  echo "run.sh: $*" >&2
  echo "$passed passed, $((failed + 1)) failed, $skipped skipped"
  exit 1
}

# tier_done NAME LOG STATUS BEGIN: counts the TAP lines of a log.
tier_done() {
  local name=$1 log=$2 status=$3 ok bad skip planned
  skip=$(grep -ciE '^ok .* # skip' "$log")
  ok=$(($(grep -cE '^ok ' "$log") - skip))
  bad=$(grep -cE '^not ok ' "$log")
  planned=$(awk '/^1\.\.[0-9]+$/ { split($0, part, "\\.\\."); sum += part[2] } END { print sum + 0 }' "$log")
  if [ $((ok + bad + skip)) -lt "$planned" ]; then
    echo "$((planned - ok - bad - skip)) tests of $name did not report: they count as failed"
    bad=$((bad + planned - ok - bad - skip))
  fi
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    echo "$name ended with status $status"
    bad=1
  fi
  if [ $((ok + bad + skip)) -eq 0 ]; then
    echo "$name reported no test"
    bad=1
  fi
  add "$name" "$ok" "$bad" "$skip" "$4"
}

add() { # NAME PASSED FAILED SKIPPED BEGIN
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  echo "-- $1: $2 passed, $3 failed, $4 skipped, $((SECONDS - $5)) s"
}

tap_tier() { # NAME CMD…
  local name=$1 begin=$SECONDS log=$logs/$1
  shift
  say "$name"
  "$@" 2>&1 | tee "$log"
  tier_done "$name" "$log" "${PIPESTATUS[0]}" "$begin"
}

# one_test NAME CMD…: a program that is one test, as TAP.
one_test() {
  local name=$1
  shift
  echo 1..1
  if "$@"; then echo "ok 1 $name"; else echo "not ok 1 $name"; fi
}

# What libFuzzer and Swift Testing print is no TAP.
unit_tier() {
  local begin=$SECONDS log=$logs/unit status ran bad skip
  say unit
  swift test --skip-build 2>&1 | tee "$log" | grep -vE '^[◇✔↳] |^(Test Suite|Test Case|\[[0-9]+/)|Executed 0 tests|^$'
  status=${PIPESTATUS[0]}
  ran=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
  bad=$(grep -E '^. Test .* failed after' "$log" | grep -vc '^. Test run ')
  skip=$(grep -cE '^. Test .* skipped' "$log")
  # A crash ends the run before its summary.
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$ran" -eq 0 ]; then
    ran=$(grep -cE '^. Test .* (passed|failed) after' "$log")
    [ "$bad" -gt 0 ] || bad=1
    ran=$((ran + bad))
  fi
  add unit $((ran - bad - skip)) "$bad" "$skip" "$begin"
}

# ---------------------------------------------------------------- what the tests need

[ "$(id -u)" = 0 ] || stop "root is needed: containers, mounts and machines are made"
command -v swift >/dev/null || stop "no swift: install a toolchain from swift.org and put it in PATH"

packages=(pkg-config libcbor-dev libsystemd-dev libarchive-dev zlib1g-dev libzstd-dev libbz2-dev liblzma-dev libnftables-dev nftables aardvark-dns iproute2 crun runc conmon golang-github-containers-common
  busybox-static docker-registry bats mmdebstrap systemd systemd-container dpkg-dev debhelper fakeroot
  podman skopeo buildah openssh-client openssh-server python3 python3-venv jq zstd valgrind gcc libc6-dev binutils procps psmisc ca-certificates tini
  golang-github-docker-distribution-dev golang-1.19-src lintian man-db e2fsprogs)
if wants machine; then packages+=(qemu-system-x86 qemu-utils); fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$logs/apt" 2>&1 || {
    tail -20 "$logs/apt"
    stop "apt-get failed"
  }
fi

mkdir -p "$WHERRY_TEST_CACHE"
if wants nspawn || wants host || wants machine; then
  "$top/Tests/System/machine/make-root.sh" >"$logs/root" 2>&1 &
  root_maker=$!
fi
if wants cbor || wants interop; then
  python=$WHERRY_TEST_CACHE/venv/bin/python
  if ! "$python" -c 'import cbor2, pycddl' 2>/dev/null; then
    say "making a Python environment with cbor2 and pycddl"
    { /usr/bin/python3 -m venv "$WHERRY_TEST_CACHE/venv" &&
      "$python" -m pip install -q -r Tests/Interop/requirements.txt; } >"$logs/pip" 2>&1 || {
      tail -20 "$logs/pip"
      stop "no cbor2 or pycddl from PyPI"
    }
  fi
fi

# ---------------------------------------------------------------- builds

quietly() { # NAME CMD…
  local name=$1 begin=$SECONDS
  shift
  say "$name"
  "$@" >"$logs/build" 2>&1 || {
    grep -E 'error|warning' "$logs/build" | sort -u | head -40
    tail -20 "$logs/build"
    stop "$name failed"
  }
  echo "-- $((SECONDS - begin)) s"
}

if wants gates || wants unit || wants cbor; then
  quietly "debug build with tests" swift build --build-tests
fi
wants gates && tap_tier gates Tests/Gates/run.sh
wants unit && unit_tier
if wants cbor; then
  tap_tier cbor one_test "CBOR written by either side is read by the other, byte for byte" \
    "$python" Tests/Interop/cbor_crosscheck.py "$(swift build --show-bin-path)/CBORCrossCheck"
fi
wants fuzz && tap_tier fuzz Tests/Fuzz/run.sh

if wants soak; then
  quietly "release build of the soak" swift build -c release --static-swift-stdlib --product RPCSoak
  tap_tier soak one_test "50,000 calls leave no memory, no descriptor and no call behind" \
    "$(swift build -c release --static-swift-stdlib --show-bin-path)/RPCSoak" 50000 "$RANDOM"
fi

if wants interop || wants bare || wants nspawn || wants host || wants machine; then
  quietly "release build" swift build -c release --static-swift-stdlib --product wherry
  export WHERRY_BINARY=$(swift build -c release --static-swift-stdlib --show-bin-path)/wherry
fi
if wants counts; then
  quietly "release build of the RPC's hot paths" \
    swift build -c release --static-swift-stdlib --product rpc-bench-wherry
  tap_tier counts python3 Tests/Benchmarks/instructions.py \
    "$(swift build -c release --static-swift-stdlib --show-bin-path)/rpc-bench-wherry"
fi
wants interop && tap_tier interop "$python" Tests/Interop/rpc_conversation.py "$WHERRY_BINARY"
wants interop && tap_tier plugins "$python" Tests/Interop/plugin_conversation.py
wants bare && tap_tier bare Tests/System/run.sh bare
if wants nspawn || wants host || wants machine; then
  if [ -n "$root_maker" ]; then
    wait "$root_maker" || { tail -20 "$logs/root"; stop "the Debian root could not be made"; }
    root_maker=
  fi
fi
if (wants nspawn || wants host) && ! Tests/System/machine/probe.sh >"$logs/probe" 2>&1; then
  # In some containers a machine cannot boot, whatever is to be tested in it.
  for tier in nspawn host; do
    wants $tier && tap_tier $tier echo "ok 1 $tier # skip no machine boots here: $(tail -1 "$logs/probe")"
  done
else
  wants nspawn && tap_tier nspawn Tests/System/run.sh nspawn
  wants host && tap_tier host Tests/System/run.sh host
fi
wants machine && tap_tier machine Tests/Machine/run.sh limits cuts

say "$((SECONDS / 60)) min $((SECONDS % 60)) s"
grep -hiE '^ok .* # skip|^. Test .* skipped' "$logs"/* 2>/dev/null | sed 's/^/skipped: /'
# Once more, where nobody has to look for them in an hour's output.
[ "$failed" -eq 0 ] || for log in "$logs"/*; do
  awk -v tier="${log##*/}" '
    /^not ok / || /^. Test .* failed after/ { print "failed in " tier ": " $0; rest = 12; next }
    /^#/ && rest-- > 0 { print; next }
    { rest = 0 }' "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
