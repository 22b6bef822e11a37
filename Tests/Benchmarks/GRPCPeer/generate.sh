#!/bin/bash
# generate.sh: writes Generated/ from bench.proto anew. Needs Debian's protobuf-compiler.
set -euo pipefail

cd "$(dirname "$0")"
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do
  swift build --package-path .. -c release --product "$plugin"
done
bin=$(swift build --package-path .. -c release --show-bin-path)
protoc --plugin="$bin/protoc-gen-swift" --plugin="$bin/protoc-gen-grpc-swift-2" \
  --swift_out=Generated --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=false \
  --grpc-swift-2_out=Generated bench.proto
