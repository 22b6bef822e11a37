#!/bin/bash
# Tests/Fuzz/run.sh [SECONDS] [TARGET…]: runs libFuzzer on each target for so long (20 s), from its
# corpus, and prints TAP. What it finds, crashes too, is under .build-fuzz. The corpus in git is a sample
# of a long run, small enough to be replayed by an ordinary test; every input that ever crashed is in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20}
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frames messages schema connection door)
out=$PWD/.build-fuzz
mkdir -p "$out"

# Modules of one package are compiled by hand: SwiftPM cannot put libFuzzer's main into a target.
flags=(-O -swift-version 6 -package-name wherry -sanitize=fuzzer,address -parse-as-library -I "$out"
  -I Sources/CLibCBOR/include -enable-upcoming-feature ExistentialAny
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility)
clang -O -c Sources/CLibCBOR/forward.c -I Sources/CLibCBOR/include -o "$out/CLibCBOR.o"
objects=("$out/CLibCBOR.o")
for module in WherryModel WherryCBOR WherryWire WherryRPC WherryEngine; do
  sources=$(find "Sources/$module" -name '*.swift' | sort)
  # Of the engine, its records only: they are read from disk after a power cut.
  [ $module != WherryEngine ] || sources=$(find Sources/WherryEngine/Generated -name '*.swift')
  if [ ! -e "$out/$module.o" ] || [ -n "$(find $sources "$out"/*.stale -newer "$out/$module.o" 2>/dev/null)" ]; then
    swiftc "${flags[@]}" -wmo -module-name "$module" -emit-module -emit-module-path "$out/$module.swiftmodule" \
      -c $sources -o "$out/$module.o"
    touch "$out/$module.stale"
  fi
  objects+=("$out/$module.o")
done

for target in "${targets[@]}"; do
  harness=(Tests/WherryRPCTests/Fuzz/Fuzz*.swift Tests/WherryRPCTests/Support/{Describe,Bench,ManualTime}.swift)
  [ "$target" != schema ] || harness=(Tests/WherryWireTests/{Codec,Fuzz/FuzzSchema,Generated/Samples}.swift)
  swiftc "${flags[@]}" -wmo -module-name "Fuzz_$target" "Tests/Fuzz/$target.swift" "${harness[@]}" \
    "${objects[@]}" -use-ld=lld -o "$out/$target"
done

# A trap must look like a crash to libFuzzer, not like Swift's own backtrace.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
echo "1..${#targets[@]}"
number=0
status=0
for target in "${targets[@]}"; do
  number=$((number + 1))
  mkdir -p "$out/corpus-$target" "$out/crashes" "Tests/Fuzz/Corpus/$target"
  # Valid values of every type, so that a new type is reached at once.
  [ "$target" != schema ] || WHERRY_SEEDS=$out/corpus-schema "$out/schema"
  log=$out/$target.log
  if "$out/$target" -max_total_time="$seconds" -max_len=1024 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=16 -print_final_stats=1 \
    -artifact_prefix="$out/crashes/$target-" "$out/corpus-$target" "Tests/Fuzz/Corpus/$target" >"$log" 2>&1; then
    echo "ok $number - $target: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs in $seconds s"
  else
    echo "not ok $number - $target"
    grep -aE 'Fatal error|ERROR|SUMMARY|Test unit written' "$log" | sed 's/^/# /'
    status=1
  fi
done
exit $status
