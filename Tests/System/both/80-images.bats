# images, image inspect, import, rmi.
load ../lib/common

absent() { ! wherry image inspect "$1" >/dev/null 2>&1; }

@test "images lists names, tags, IDs and sizes" {
  run -0 wherry images
  [[ "${lines[0]}" == REPOSITORY*TAG*"IMAGE ID"*CREATED*SIZE ]]
  grep -qE "^$REGISTRY/box +latest +[0-9a-f]{12} .*(k|M)B$" <<<"$output"
  run -0 wherry images -q
  [[ "${lines[0]}" =~ ^[0-9a-f]{12}$ ]]
  run -0 wherry image ls
  [ -n "$output" ]
}

@test "images --format prints templates and json" {
  run -0 wherry images --format '{{.Repository}}:{{.Tag}}'
  grep -qx "$IMG" <<<"$output"
  wherry images --format json | jq -es 'map(select(.Tag == "latest")) | length > 0'
}

@test "image inspect is JSON with configuration and layers" {
  wherry pull -q "$REGISTRY/entry:latest"
  wherry image inspect "$REGISTRY/entry:latest" >"$scratch/json"
  equal "$(jq -c '.[0].Config.Entrypoint' "$scratch/json")" '["/bin/echo","entry"]'
  equal "$(jq -c '.[0].Config.Cmd' "$scratch/json")" '["default"]'
  equal "$(jq -r '.[0].Config.User' "$scratch/json")" app
  equal "$(jq -r '.[0].Config.WorkingDir' "$scratch/json")" /work
  equal "$(jq -r '.[0].Config.Labels.origin' "$scratch/json")" tests
  equal "$(jq -r '.[0].RootFS.Layers | length' "$scratch/json")" 1
  jq -r '.[0].Id' "$scratch/json" | grep -qE '^sha256:[0-9a-f]{64}$'
}

@test "an image ID works as its name" {
  local id
  id=$(wherry image inspect -f '{{.Id}}' "$IMG")
  run -0 wherry run --rm "$id" echo by-id
  equal "$output" by-id
  id=${id#sha256:}
  run -0 wherry run --rm "${id:0:12}" echo by-short-id
  equal "$output" by-short-id
}

@test "import makes an image of a tar archive, from a file and from standard input" {
  run -0 wherry import "$SUITE/box.tar" imported:one
  grep -qE '^sha256:[0-9a-f]{64}$' <<<"$output"
  run -0 wherry run --rm imported:one echo imported
  equal "$output" imported
  run -0 bash -c "wherry import - imported:two <'$SUITE/box.tar'"
  run -0 wherry run --rm imported:two cat /etc/passwd
  wherry rmi imported:one imported:two
}

@test "import reads compressed archives and --change" {
  gzip -c "$SUITE/box.tar" >"$scratch/box.tar.gz"
  wherry import --change 'CMD ["echo","changed"]' --change 'ENV A=b' --change 'WORKDIR /tmp' "$scratch/box.tar.gz" imported:gz
  run -0 wherry run --rm imported:gz
  equal "$output" changed
  run -0 wherry run --rm imported:gz sh -c 'echo $A; pwd'
  equal "$output" "$(printf 'b\n/tmp')"
  wherry rmi imported:gz
}

@test "import refuses what is no archive, and leaves nothing" {
  head -c 100000 /dev/urandom >"$scratch/noise"
  fails any import "$scratch/noise" imported:noise
  absent imported:noise
  head -c 500000 "$SUITE/box.tar" >"$scratch/half.tar"
  fails any import "$scratch/half.tar" imported:half
  absent imported:half
  eventually 5 staging_is_empty
}

@test "an archive that wants out of its folder does not get there" {
  "$PYTHON" - "$scratch/hostile.tar" "$scratch" <<'END'
import io, sys, tarfile
target, outside = sys.argv[1:]
with tarfile.open(target, "w") as tar:
    def add(name, **more):
        info = tarfile.TarInfo(name)
        data = more.pop("data", b"")
        for key, value in more.items():
            setattr(info, key, value)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    add("bin", type=tarfile.DIRTYPE, mode=0o755)
    add("../" * 12 + outside.strip("/") + "/escaped-dots", data=b"x")
    add("link", type=tarfile.SYMTYPE, linkname=outside)
    add("link/escaped-link", data=b"x")
    add("up", type=tarfile.SYMTYPE, linkname="../" * 12 + outside.strip("/"))
    add("up/escaped-up", data=b"x")
END
  run wherry import "$scratch/hostile.tar" imported:hostile
  equal "$(ls "$scratch" | grep -c escaped || true)" 0
  wherry rmi imported:hostile 2>/dev/null || true
}

@test "rmi removes a name, and the image with its last name" {
  wherry import "$SUITE/box.tar" removable:a >/dev/null
  run -0 wherry rmi removable:a
  grep -qi 'untagged.*removable:a' <<<"$output"
  grep -qi deleted <<<"$output"
  absent removable:a
}

@test "rmi refuses an image a container uses, -f untags it and the container goes on" {
  push --name used --rootfs "$SUITE/root-box" --rootfs "$SUITE/root-third" --cmd '["sh"]'
  wherry pull -q "$REGISTRY/used:latest"
  wherry run -d --name user "$REGISTRY/used:latest" sleep 1000
  fails 1 rmi "$REGISTRY/used:latest"
  says user
  wherry rmi -f "$REGISTRY/used:latest" || true
  has_state user running
  wherry exec user true
  wherry stop -t 0 user
  wherry start user
}

@test "layers are freed when nothing uses them, and only then" {
  local before
  before=$(layer_count)
  mkdir -p "$scratch/a" "$scratch/b"
  random_file "$scratch/a/a" 1
  random_file "$scratch/b/b" 1
  push --name freed --tag one --rootfs "$scratch/a" --cmd '["sh"]' >/dev/null
  push --name freed --tag two --rootfs "$scratch/a" --rootfs "$scratch/b" --cmd '["sh"]' >/dev/null
  wherry pull -q "$REGISTRY/freed:one"
  wherry pull -q "$REGISTRY/freed:two"
  equal "$(layer_count)" $((before + 2))
  wherry rmi "$REGISTRY/freed:two"
  equal "$(layer_count)" $((before + 1))
  wherry rmi "$REGISTRY/freed:one"
  equal "$(layer_count)" "$before"
}

@test "an unknown image is named" {
  fails 1 rmi no-such-image
  says no-such-image
  fails 1 image inspect no-such-image
  says no-such-image
}
