#!/bin/bash
# run.sh [bare] [nspawn] [host]: the system tests of one or more environments, all without arguments. TAP on standard output.
#
#   bare    on this machine: the daemon in the foreground, runc and conmon (both/)
#   nspawn  in a Debian 12 machine with systemd as PID 1: the .deb (both/ and systemd/)
#   host    that machine rebooted, cut, upgraded and purged from outside (host/)
#
# WHERRY_BINARY (release build by default) and WHERRY_DEB (made from it by default) say what is tested. A debug build,
# which needs Swift's libraries, finds the toolchain's in the machine.
# WHERRY_FILTER is a regular expression of test names, WHERRY_FILES a space-separated list of files to run.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/machine/machine.sh"

[ $# -gt 0 ] || set -- bare nspawn host
[ "$(id -u)" = 0 ] || { echo "Bail out! the system tests need root"; exit 1; }

binary=${WHERRY_BINARY:-$top/.build/release/wherry}
[ -x "$binary" ] || { echo "Bail out! no binary at $binary: swift build -c release --static-swift-stdlib"; exit 1; }

work=$(mktemp -d)
machine=wherry-test-$$
finish() {
  machine_delete "$machine"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkdir "$work/bin"
ln -s "$(realpath "$binary")" "$work/bin/wherry"
filter=(${WHERRY_FILTER:+--filter "$WHERRY_FILTER"})
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-180}
result=0

# files FOLDER…: the test files to run.
files() {
  local folder file
  for folder in "$@"; do
    for file in "$here/$folder"/*.bats; do
      if [ -z "${WHERRY_FILES:-}" ] || [[ " $WHERRY_FILES " == *" $(basename "$file" .bats) "* ]]; then
        echo "$folder/$(basename "$file")"
      fi
    done
  done
}

need_machine() {
  machine_is_up "$machine" && return 0
  "$here/machine/make-root.sh" >&2 || return 1
  if [ -z "${WHERRY_DEB:-}" ]; then
    WHERRY_DEB=$("$top/packaging/build-deb.sh" --binary "$binary" --output "$work/deb" | tail -1) || return 1
  fi
  export WHERRY_DEB_FOLDER=$(dirname "$(realpath "$WHERRY_DEB")")
  local binds=(--bind-ro="$top/Tests":/tests --bind-ro="$WHERRY_DEB_FOLDER":/deb) library
  library=$(ldd "$binary" | awk '/libswiftCore/ { print $3 }')
  [ -z "$library" ] || binds+=(--bind-ro="$(dirname "$library")")
  machine_create "$machine" &&
    machine_boot "$machine" "${binds[@]}" >&2 &&
    in_machine "$machine" sh -c 'dpkg -i /deb/wherry_*.deb' >&2
}

for environment; do
  echo "# environment $environment"
  case $environment in
    bare)
      list=($(files both))
      [ ${#list[@]} -gt 0 ] || continue
      (cd "$here" && WHERRY_ENV=bare PATH=$work/bin:$PATH bats --tap --print-output-on-failure "${filter[@]}" "${list[@]}") || result=1
      ;;
    nspawn)
      need_machine || { echo "not ok 1 the machine boots and takes the package"; result=1; continue; }
      for folder in both systemd; do
        list=($(files $folder))
        [ ${#list[@]} -gt 0 ] || continue
        in_machine "$machine" env WHERRY_ENV=nspawn BATS_TEST_TIMEOUT="$BATS_TEST_TIMEOUT" sh -c 'cd /tests/System && exec bats --tap --print-output-on-failure "$@"' bats \
          "${filter[@]}" "${list[@]}" </dev/null || result=1
      done
      ;;
    host)
      need_machine || { echo "not ok 1 the machine boots and takes the package"; result=1; continue; }
      list=($(files host))
      [ ${#list[@]} -gt 0 ] || continue
      # They boot machines and make packages.
      (cd "$here" && BATS_TEST_TIMEOUT=${WHERRY_HOST_TIMEOUT:-600} WHERRY_MACHINE=$machine \
        bats --tap --print-output-on-failure "${filter[@]}" "${list[@]}") || result=1
      ;;
    *) echo "Bail out! no environment $environment"; exit 2 ;;
  esac
done
exit $result
