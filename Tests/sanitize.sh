#!/bin/bash
# sanitize.sh [thread] [address]: builds the tests with one sanitizer after the other and runs those of the RPC stack
# under it. TAP. Too long for CI: ten minutes of building each on two cores. Build folders: .build-tsan, .build-asan.
set -uo pipefail

cd "$(dirname "$0")/.."
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(thread address)
suites='WherryCBORTests|WherryWireTests|WherryRPCTests|WherryTransportTests|WherryTLSTests|WherryServiceTests|WherryClientTests'
# Its clients give up after five daemons that retire at once, and instrumented ones are slow enough for that.
slow=noCallIsLostWhileDaemonsComeAndGo
# Where it finds the libraries of Swift and of its own.
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")

sanitized() { # KIND FOLDER LIBRARY
  local log=$2/log
  swift build --build-tests --sanitize="$1" --scratch-path "$2" >"$log" 2>&1 || { tail -20 "$log"; return 1; }
  # A leak report needs ptrace, which containers deny; the soak looks for leaks.
  LD_PRELOAD=$3 ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=exitcode=66 \
    "$2"/debug/*.xctest --testing-library swift-testing --filter "$suites" --skip "$slow" >"$log" 2>&1
  local status=$?
  grep -aE '^✘|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|SUMMARY|Test run with' "$log" | sort | uniq -c
  [ $status -eq 0 ] && ! grep -qaE 'WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$log"
}

echo "1..${#kinds[@]}"
failed=0 number=0
for kind in "${kinds[@]}"; do
  number=$((number + 1))
  folder=.build-${kind:0:1}san library=
  mkdir -p "$folder"
  if [ "$kind" = thread ]; then
    library=$PWD/$folder/tsan-mutex.so
    "$toolchain/bin/clang" -O1 -shared -fPIC -o "$library" Tests/Sanitize/tsan-mutex.c || exit 1
  fi
  if sanitized "$kind" "$folder" "$library" | sed 's/^/# /'; then
    echo "ok $number - the RPC stack under the $kind sanitizer"
  else
    failed=1
    echo "not ok $number - the RPC stack under the $kind sanitizer"
  fi
done
exit $failed
