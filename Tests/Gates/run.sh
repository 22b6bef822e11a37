#!/bin/bash
# run.sh: the gates, as TAP. Expects a debug build (Tests/run.sh makes it before).
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
number=0 failed=0

gate() { # NAME CMD…
  local name=$1 log
  shift
  number=$((number + 1))
  if log=$("$@" 2>&1); then
    echo "ok $number $name"
  else
    failed=1
    echo "not ok $number $name"
    tail -60 <<<"$log" | sed 's/^/# /'
  fi
}

bin=$(swift build --show-bin-path)

# The units name binaries and a group that only an installed package has, so verify a copy that names what is here.
units() {
  local work log
  work=$(mktemp -d)
  cp systemd/wherry* "$work/"
  sed -i 's|/usr/bin/wherry|/bin/true|' "$work"/*
  log=$(SYSTEMD_LOG_LEVEL=err systemd-analyze verify --man=no --recursive-errors=no "$work"/* 2>&1 | grep -v '^$')
  rm -r "$work"
  printf %s "$log"
  [ -z "$log" ]
}

no_bare_try() {
  ! grep -rnE '\btry\?' --include='*.swift' Sources | grep -vE '^\S+:\s*//'
}

shell_syntax() {
  local file
  for file in .ci/run packaging/*.sh packaging/debian/p* Tests/*.sh Tests/*/*.sh Tests/System/*/*.sh Tests/System/lib/*.bash Tests/Machine/host/*.bash; do
    [ ! -f "$file" ] || bash -n "$file" || return 1
  done
  python3 -m py_compile packaging/*.py Tests/*/*.py Tests/System/lib/*.py Tests/Machine/cuts/*.py
}

one_version() {
  local binary package
  binary=$("$bin/wherry" --version) || return 1
  package=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
  [ "$binary" = "Wherry version $package" ] || { echo "the binary says $binary, packaging/debian/changelog $package"; return 1; }
}

echo "1..10"
gate "formatted as .swift-format says" swift format lint -s -r Sources Tests Package.swift
gate "generated code is what WherryGenerate writes" "$bin/WherryGenerate" --check
gate "modules import lower levels only" python3 Tests/Gates/levels.py
gate "no trap that a peer, an image or a record can reach" python3 Tests/Gates/traps.py
gate "no full Foundation in the dynamic build" Tests/Gates/links.sh "$bin/wherry"
gate "no bare try?" no_bare_try
gate "systemd accepts the units" units
gate "shell and Python parse" shell_syntax
gate "no source file over 350 lines but machines and generated code" python3 Tests/Gates/length.py
gate "binary and package have one version" one_version
exit $failed
