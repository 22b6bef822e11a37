# A connection that the device has made, and over which it is called.
load ../lib/common

dialled() { "$PYTHON" "$TOOLS/device_dials.py" "$(command -v wherry)" "$@"; }

@test "a device that dials is called over its own connection: answers, exit codes, binary streams" {
  run -0 dialled version --format '{{.Server.Version}}'
  equal "$output" "$(wherry version --format '{{.Server.Version}}')"
  run -7 dialled run --rm "$IMG" sh -c 'exit 7'
  head -c 3000000 /dev/urandom >"$scratch/in"
  dialled run --rm -i "$IMG" cat <"$scratch/in" >"$scratch/out"
  cmp "$scratch/in" "$scratch/out"
}

@test "what is no connection is named" {
  run -1 --separate-stderr timeout 20 wherry -H fd://9 ps 9>&-
  grep -q 'fd://9 is no socket' <<<"$stderr"
  run -1 --separate-stderr timeout 20 wherry -H fd://9 ps 9</dev/null
  grep -q 'fd://9 is no socket' <<<"$stderr"
  run -1 --separate-stderr wherry -H fd://1 ps
  grep -q 'invalid host' <<<"$stderr"
}
