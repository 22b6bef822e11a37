#!/bin/bash
# links.sh BINARY: fails when a dynamically linked wherry needs full Foundation or ICU.
set -euo pipefail
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
grep -q 'libswiftCore\.so' <<<"$needed" || { echo "$1 is not a dynamic build: it would show nothing"; exit 1; }
if grep -E '^(libFoundation\.so|libFoundationInternationalization\.so|lib_FoundationICU\.so|libFoundationNetworking\.so|libFoundationXML\.so)' <<<"$needed"; then
  echo "$1 needs the libraries above: some module or dependency imports full Foundation"
  exit 1
fi
