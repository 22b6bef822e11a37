# How much of the machine a unit could touch, as systemd-analyze weighs it, beside what Debian's peers ship.

setup() {
  UNITS=$(cd "$BATS_TEST_DIRNAME/../../../systemd" && pwd)
  PEERS=${WHERRY_TEST_CACHE:-/var/cache/wherry-tests}/peer-units
}

peer_units() {
  [ ! -f "$PEERS/docker.service" ] || [ ! -f "$PEERS/podman.service" ] || return 0
  local work=$BATS_TEST_TMPDIR/peers package
  mkdir -p "$work" "$PEERS"
  chmod 755 "$work"
  for package in docker.io podman; do
    (cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$package" >/dev/null && dpkg -x "$package"_*.deb "$package")
  done
  cp "$(find "$work/docker.io" -path '*system/docker.service')" "$(find "$work/podman" -path '*system/podman.service')" "$PEERS/"
}

# exposure FILE: 0.0 to 10.0, in tenths.
exposure() {
  systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
    sed -nE 's/.*Overall exposure level for .*: ([0-9]+)\.([0-9]).*/\1\2/p' | sed 's/^0*\(.\)/\1/'
}

@test "every service is exposed less than docker's and podman's" {
  peer_units
  local docker podman name value bad=0
  docker=$(exposure "$PEERS/docker.service") podman=$(exposure "$PEERS/podman.service")
  echo "# docker.service $docker, podman.service $podman (tenths)" >&3
  [ -n "$docker" ] && [ -n "$podman" ]
  for name in wherry wherry-restore wherry-resolver wherry-registry; do
    value=$(exposure "$UNITS/$name.service")
    echo "# $name.service $value" >&3
    [ -n "$value" ]
    if [ "$value" -ge "$docker" ] || [ "$value" -ge "$podman" ]; then bad=1; fi
  done
  [ $bad -eq 0 ]
}

@test "the services that only call the daemon are exposed little" {
  local name
  for name in wherry-restore wherry-resolver; do
    [ "$(exposure "$UNITS/$name.service")" -lt 30 ] || { exposure "$UNITS/$name.service"; return 1; }
  done
}
