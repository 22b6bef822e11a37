#!/bin/bash
# registry_suite.sh SOURCES WHERRY: the conformance suite of the OCI distribution specification against
# `wherry registry serve`.
#
# SOURCES is a folder with checkouts of opencontainers/distribution-spec, opencontainers/image-spec,
# opencontainers/go-digest and goccy/go-yaml under these last names. Needs Go 1.24 or later ($GO, or in PATH), no network.
set -euo pipefail

sources=$(realpath "$1") wherry=$(realpath "$2") go=${GO:-go}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

cp -r "$sources/distribution-spec/conformance" "$work/suite"
cat >>"$work/suite/go.mod" <<END

replace github.com/goccy/go-yaml => $sources/go-yaml
replace github.com/opencontainers/image-spec => $sources/image-spec
replace github.com/opencontainers/go-digest => $sources/go-digest
replace github.com/opencontainers/distribution-spec/specs-go => $sources/distribution-spec/specs-go
END
(cd "$work/suite" && GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off "$go" build -buildvcs=false -o "$work/conformance" .)

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$wherry" registry serve --storage "$work/store" --listen "127.0.0.1:$port" &
server=$!
until (exec 7<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do kill -0 "$server"; sleep 0.1; done

# All of it, also what the specification leaves to the registry, but for images whose layers were never pushed: those
# are refused.
cd "$work"
OCI_REGISTRY=127.0.0.1:$port OCI_TLS=disabled OCI_VERSION=1.1 OCI_API_BLOBS_DIGEST_HEADER=true \
  OCI_API_MANIFESTS_DIGEST_HEADER=true OCI_API_BLOBS_UPLOAD_CANCEL=true OCI_API_MANIFESTS_TAG_PARAM=true \
  "$work/conformance" | sed -n '/^OCI Conformance Result/,$p'
