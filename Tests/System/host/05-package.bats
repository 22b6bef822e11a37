# The package itself, before a machine has taken it.
bats_require_minimum_version 1.5.0

setup() {
  DEB=$(ls "$WHERRY_DEB_FOLDER"/wherry_*.deb)
  TOP=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
}

# The binary that the package has, in $BINARY. A debug build is dynamic and ten times as large: its figures say nothing.
unpack() {
  dpkg-deb -x "$DEB" "$BATS_TEST_TMPDIR/deb"
  BINARY=$BATS_TEST_TMPDIR/deb/usr/bin/wherry
}
need_release() {
  unpack
  if readelf -d "$BINARY" | grep -q libswiftCore; then skip "not a static release build"; fi
}

at_most() { # WHAT FOUND CEILING
  echo "$1: $2, at most $3"
  [ "$2" -le "$3" ]
}

@test "lintian has neither an error nor a warning" {
  # Only a debug build, which the tests may package, names the toolchain's libraries.
  local suppress=()
  dpkg-deb -x "$DEB" "$BATS_TEST_TMPDIR/deb"
  if readelf -d "$BATS_TEST_TMPDIR/deb/usr/bin/wherry" | grep -q libswiftCore; then
    suppress=(--suppress-tags custom-library-search-path)
  fi
  run --separate-stderr lintian --allow-root --fail-on error,warning "${suppress[@]}" "$DEB"
  echo "$output"
  [ "$status" -eq 0 ]
  equal "$(grep -E '^[EW]:' <<<"$output")" ""
}

@test "every lintian override has its reason above it, and none is blanket" {
  awk '
    /^#/ { reason = 1; next }
    /^$/ { reason = 0; next }
    !reason { print "no reason: " $0; bad = 1 }
    NF < 3 || $3 == "*" { print "no context: " $0; bad = 1 }
    END { exit bad }' "$TOP/packaging/debian/wherry.lintian-overrides"
}

@test "binary, package and all that comes with it stay below their ceilings" {
  # They only ever go down.
  need_release
  at_most "stripped binary, KiB" $(($(stat -c %s "$BINARY") / 1024)) 49152
  at_most "package, KiB" $(($(stat -c %s "$DEB") / 1024)) 12800
  WHERRY_DEB=$DEB "$TOP/Tests/Benchmarks/installed_size.sh" --check
}

@test "the readers of archives are linked in, and bring no library" {
  unpack
  readelf -d "$BINARY" | grep NEEDED
  refute_grep 'lib(archive|xml2|icu|lzma|bz2|zstd)' <(readelf -d "$BINARY" | grep NEEDED)
  dpkg-deb -f "$DEB" Static-Built-Using | grep -E '(^| )libarchive \(= '
  refute_grep 'libarchive|libxml2' <(dpkg-deb -f "$DEB" Depends)
}

@test "the source package has nothing to complain of, and dpkg-buildpackage makes the same package from it" {
  unpack
  cd "$BATS_TEST_TMPDIR"
  "$TOP/packaging/build-deb.sh" --source --output "$BATS_TEST_TMPDIR/source"
  run --separate-stderr lintian --allow-root --fail-on error,warning source/wherry_*.dsc
  echo "$output"
  [ "$status" -eq 0 ]
  dpkg-source -x source/wherry_*.dsc tree
  # The compiler has been at work before: what it made is taken.
  (cd tree && WHERRY_BINARY=$BINARY DEB_BUILD_OPTIONS="noautodbgsym $(readelf -d "$BINARY" | grep -q libswiftCore && echo dynamic)" \
    DPKG_DEB_COMPRESSOR_TYPE=none dpkg-buildpackage -b -us -uc -d >"$BATS_TEST_TMPDIR/log" 2>&1) || { tail -20 log; return 1; }
  diff <(dpkg-deb -c "$DEB" | awk '{ print $1, $2, $6 }') <(dpkg-deb -c wherry_*.deb | awk '{ print $1, $2, $6 }')
  diff <(dpkg-deb -f "$DEB" Depends Static-Built-Using) <(dpkg-deb -f wherry_*.deb Depends Static-Built-Using)
}

@test "debug symbols come apart, and fit the binary" {
  local id file
  readelf -SW "${WHERRY_BINARY:-/dev/null}" 2>/dev/null | grep -q '\.debug_info' || skip "WHERRY_BINARY is no binary with symbols"
  cd "$BATS_TEST_TMPDIR"
  DPKG_DEB_COMPRESSOR_TYPE=none "$TOP/packaging/build-deb.sh" --binary "$WHERRY_BINARY" --debug-symbols --output made
  dpkg-deb -x made/wherry_*.deb stripped
  dpkg-deb -x made/wherry-dbgsym_*.deb symbols
  refute_grep '\.(debug_info|symtab)' <(readelf -SW stripped/usr/bin/wherry)
  id=$(build_id stripped/usr/bin/wherry)
  file=symbols/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
  equal "$(build_id "$file")" "$id"
  # Addresses in the binary have their file and line there; some functions the compiler has made by itself.
  local addresses
  addresses=$(readelf -sW "$file" | awk '$4 == "FUNC" && $3 > 200 && $8 ~ /12WherryEngine/ { print "0x" $2 }' | head -50)
  addr2line -e "$file" $addresses >places
  grep -qE 'Sources/WherryEngine/.*\.swift:[0-9]+' places || { head places; return 1; }
}

@test "the copyright file names every Swift package that is built in" {
  local package
  [ -s "$TOP/Package.resolved" ] || skip "no Package.resolved: this tree has not been built"
  for package in $(jq -r '.pins[].identity' "$TOP/Package.resolved"); do
    grep -qF "checkouts/$package/*" "$TOP/packaging/debian/copyright" || { echo "no $package"; return 1; }
  done
  [ -n "$package" ]
}

@test "libraries that are loaded when needed are in Depends" {
  local depends library package
  depends=$(dpkg-deb -f "$DEB" Depends)
  [ -n "$(cd "$TOP" && sed -n 's/^#define LIBRARY "\(.*\)"/\1/p' Sources/CLib*/*.c)" ]
  for library in $(cd "$TOP" && sed -n 's/^#define LIBRARY "\(.*\)"/\1/p' Sources/CLib*/*.c); do
    package=$(dpkg-query -S "*/$library" | sed 's/:.*//' | sort -u)
    echo "$library is in $package; Depends: $depends"
    grep -qwF "$package" <<<"$depends"
  done
}

@test "every manual page is there, and groff has nothing to say of it" {
  local page
  dpkg-deb -x "$DEB" "$BATS_TEST_TMPDIR/deb"
  cd "$BATS_TEST_TMPDIR/deb/usr/share/man"
  for page in man1/wherry.1 man1/wherry-{container,context,image,network,system,volume}.1 man5/daemon.json.5 \
    man7/wherry-rpc.7 man8/wherry-daemon.8 man8/wherry-registry.8; do
    [ -s "$page.gz" ] || { echo "no $page"; return 1; }
  done
  for page in man*/*; do
    run --separate-stderr env LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "./$page"
    echo "$page: $stderr"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
  done
}

@test "the manual has every command of the binary" {
  local verb manual
  dpkg-deb -x "$DEB" "$BATS_TEST_TMPDIR/deb"
  manual=$(zcat "$BATS_TEST_TMPDIR/deb/usr/share/man/man1/wherry.1.gz")
  for verb in $("$BATS_TEST_TMPDIR/deb/usr/bin/wherry" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]\S*\) .*/\1/p'); do
    grep -qF ".SS \"wherry ${verb//-/\\-}\"" <<<"$manual" || { echo "no $verb"; return 1; }
  done
  [ -n "$verb" ]
}

@test "the shells find what completes their words" {
  dpkg-deb -c "$DEB" | awk '{ print $6 }' >"$BATS_TEST_TMPDIR/list"
  for file in bash-completion/completions/wherry zsh/vendor-completions/_wherry fish/vendor_completions.d/wherry.fish; do
    grep -qx "./usr/share/$file" "$BATS_TEST_TMPDIR/list"
  done
}

build_id() { readelf -n "$1" 2>/dev/null | sed -n 's/.*Build ID: //p'; }
refute_grep() { if grep -E "$1" "$2"; then echo "should not be there: $1"; return 1; fi; }
equal() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "found:    $1"; return 1; }; }
