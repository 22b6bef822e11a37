# arm64-packages.sh: functions that fetch and unpack Debian's packages for arm64, of which nothing can run here. Sourced.
#
#   arm64_apt FOLDER SUITE ARGUMENT…  apt-get with a state of its own in FOLDER, nothing installed; what it fetches is in
#                                     FOLDER/archives
#   arm64_unpack FOLDER ROOT          unpacks what is there into ROOT, with /usr merged, and notes it in dpkg's records as
#                                     installed; no script of a package is run

mirror=${WHERRY_TEST_MIRROR:-http://deb.debian.org/debian}

# The mirror's sid may be past the date it names.
arm64_apt() {
  local folder=$1 suite=$2
  shift 2
  mkdir -p "$folder/lists/partial" "$folder/archives/partial"
  : >"$folder/status"
  echo "deb [arch=arm64] $mirror $suite main" >"$folder/sources.list"
  (cd "$folder/archives" && apt-get -qq -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/nonexistent \
    -o Dir::State::Lists="$folder/lists" -o Dir::State::Status="$folder/status" -o Dir::Cache::Archives="$folder/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
    -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@") >&2
}

arm64_unpack() {
  local folder deb control name database=$2/var/lib/dpkg
  for folder in bin sbin lib; do
    mkdir -p "$2/usr/$folder"
    ln -sfn "usr/$folder" "$2/$folder"
  done
  mkdir -p "$database/info" "$database/updates"
  echo 1 >"$database/info/format"
  touch "$database/available"
  for deb in "$1"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$2" --keep-directory-symlink
    control=$(dpkg-deb -f "$deb")
    name=$(sed -n 's/^Package: //p' <<<"$control")
    ! grep -q '^Multi-Arch: same' <<<"$control" || name=$name:arm64
    { sed '1a Status: install ok installed' <<<"$control"; echo; } >>"$database/status"
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -E 's/^\.//; s/\/$//; s/^$/\/./' >"$database/info/$name.list"
    # Which version of a library has which symbol.
    for control in symbols shlibs; do
      dpkg-deb -I "$deb" "$control" >"$database/info/$name.$control" 2>/dev/null || rm "$database/info/$name.$control"
    done
  done
}
