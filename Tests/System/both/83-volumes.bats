# Volumes: named, anonymous, with a file system of their own, copied, exported; hostile images and users.
load ../lib/common

eval "base_$(declare -f teardown)"
teardown() {
  remove_all_containers
  wherry volume ls -q | xargs -r wherry volume rm -f >/dev/null 2>&1
  base_teardown
}

# box ARG…: a container that ends and is gone.
box() { wherry run --rm "$@"; }
exists() { wherry volume inspect "$1" >/dev/null 2>&1; }
mountpoint_of() { wherry volume inspect -f '{{.Mountpoint}}' "$1"; }
is_mounted() { grep -q " $1 " /proc/self/mountinfo; }

# data_image NAME: has /data with every kind of file, as a VOLUME.
data_image() {
  local root=$scratch/root
  mkdir -p "$root/data/sub" "$scratch/box"
  tar -C "$scratch/box" -xf "$SUITE/box.tar"
  echo content >"$root/data/file"
  ln "$root/data/file" "$root/data/hard"
  ln -s file "$root/data/soft"
  ln -s "$scratch/canary" "$root/data/outside"
  mkfifo "$root/data/fifo"
  cp "$scratch/box/bin/busybox" "$root/data/sub/tool"
  chmod 4755 "$root/data/sub/tool"
  chown 1000:1000 "$root/data" "$root/data/file"
  chmod 640 "$root/data/file"
  chmod 2770 "$root/data/sub"
  touch -d '2001-02-03 04:05:06 UTC' "$root/data/file"
  push --name "$1" --rootfs "$scratch/box" --rootfs "$root" --cmd '["sh"]' "${@:2}" >/dev/null
}

@test "create, ls, inspect and rm speak as docker's" {
  equal "$(wherry volume create --label a=1 --label b data)" data
  equal "$(wherry volume create data)" data
  equal "$(wherry volume ls)" $'DRIVER    VOLUME NAME\nlocal     data'
  equal "$(wherry volume ls -q)" data
  equal "$(wherry volume ls --format json)" \
    "{\"Availability\":\"N/A\",\"Driver\":\"local\",\"Group\":\"N/A\",\"Labels\":\"a=1,b=\",\"Links\":\"N/A\",\"Mountpoint\":\"$(mountpoint_of data)\",\"Name\":\"data\",\"Scope\":\"local\",\"Size\":\"N/A\",\"Status\":\"N/A\"}"
  run -0 wherry volume inspect data
  "$PYTHON" - "$output" <<'END'
import json, sys
[volume] = json.loads(sys.argv[1])
assert volume["Name"] == "data" and volume["Driver"] == "local" and volume["Scope"] == "local", volume
assert volume["Labels"] == {"a": "1", "b": ""} and volume["Options"] is None, volume
assert set(volume) == {"CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"}, volume
END
  [ -d "$(mountpoint_of data)" ]
  run -0 wherry inspect -f '{{.Name}}' data
  equal "$output" data
  name=$(wherry volume create)
  [[ "$name" =~ ^[0-9a-f]{64}$ ]]
  equal "$(wherry volume ls -q --filter label=a)" data
  equal "$(wherry volume ls -q --filter name=dat)" data
  equal "$(wherry volume ls -q --filter driver=other)" ""
  fails 125 volume ls --filter nonsense
  fails 1 volume ls --filter nonsense=1
  says 'invalid filter'
  run -1 --separate-stderr wherry volume inspect nothing
  equal "$output" '[]'
  says 'get nothing: no such volume'
  fails 1 volume rm nothing
  says 'no such volume'
  run -0 wherry volume rm -f nothing
  equal "$(wherry volume rm data "$name")" "data"$'\n'"$name"
  equal "$(wherry volume ls -q)" ""
  fails 1 volume create -d other x1
  says 'other' 'not found'
}

@test "a name cannot lead anywhere" {
  local name
  for name in .. . ../x a/b /abs .hidden -x 'a b' 'ä1' a $'x\ny' "$(printf 'n%.0s' {1..300})"; do
    fails 1 volume create -- "$name"
    fails 1 volume rm -- "$name"
  done
  fails 1 volume create ../x
  says 'invalid characters for a local volume name'
  fails 1 volume create x
  says 'too short'
  fails 125 run --rm -v 'a b:/x' "$IMG" true
  equal "$(find "$STATE/volumes" -mindepth 1)" ""
}

@test "-v NAME:/path makes a volume that outlives its containers" {
  box -v data:/x "$IMG" sh -c 'echo kept >/x/file'
  equal "$(wherry volume ls -q)" data
  equal "$(box -v data:/y:ro "$IMG" cat /y/file)" kept
  run box -v data:/y:ro "$IMG" touch /y/no
  [ "$status" -ne 0 ]
  daemon_kill
  daemon_start
  equal "$(box --mount source=data,target=/z "$IMG" cat /z/file)" kept
  fails 125 run --rm -v data:/x:nonsense "$IMG" true
  says 'invalid mode'
  fails 125 run --rm -v /x:ro "$IMG" true
  says 'invalid volume specification'
}

@test "a volume in use stays, and says whose it is" {
  sleeper web -v data:/x
  wherry create --name later -v data:/x "$IMG" true
  fails 1 volume rm data
  says 'remove data: volume is in use - \[later, web\]'
  fails 1 volume rm -f data
  daemon_kill
  daemon_start
  fails 1 volume rm data
  says 'later, web'
  equal "$(wherry volume prune -af | tail -1)" 'Total reclaimed space: 0B'
  wherry rm -f web later
  run -0 wherry volume rm data
}

@test "anonymous volumes go with --rm, rm -v and prune" {
  box -v /x "$IMG" sh -c 'echo 1 >/x/file; grep " /x " /proc/mounts'
  equal "$(wherry volume ls -q)" ""
  wherry run --name one -v /x "$IMG" sh -c 'echo kept >/x/file'
  name=$(wherry volume ls -q)
  [[ "$name" =~ ^[0-9a-f]{64}$ ]]
  equal "$(wherry start -a one; cat "$(mountpoint_of "$name")/file")" kept
  wherry rm one
  equal "$(wherry volume ls -q --filter dangling=true)" "$name"
  wherry volume create named
  run -0 wherry volume prune -f
  equal "${lines[0]}" 'Deleted Volumes:'
  equal "${lines[1]}" "$name"
  [[ "${lines[-1]}" =~ ^Total\ reclaimed\ space:\ [1-9] ]]
  equal "$(wherry volume ls -q)" named
  wherry run --name two -v /x -v other:/y "$IMG" true
  wherry rm -v two
  equal "$(wherry volume ls -q)" $'named\nother'
  run -0 wherry volume prune -af
  equal "$(wherry volume ls -q)" ""
  run wherry volume prune <<<n
  equal "${lines[0]}" '0 volumes, 0B would be reclaimed'
  equal "${lines[1]}" 'WARNING! This will remove anonymous local volumes not used by at least one container.'
  # One that could not be made leaves none.
  fails 125 create --name bad -v /x -v /y --mount type=volume,source=vol,target=/z,volume-driver=none "$IMG" true
  equal "$(wherry volume ls -q)" ""
}

@test "an empty volume gets what the image has there, as it is" {
  mkdir "$scratch/canary"
  echo c4n4ry-text >"$scratch/canary/file"
  data_image data --volume /data
  wherry pull "$REGISTRY/data" >/dev/null
  look='cd /data && stat -c "%n %F %a %u:%g" . file hard soft outside fifo sub sub/tool && stat -c %h hard && cat file && readlink outside'
  run -0 box "$REGISTRY/data" sh -c "$look"
  equal "$output" "$(cat <<END
. directory 755 1000:1000
file regular file 640 1000:1000
hard regular file 640 1000:1000
soft symbolic link 777 0:0
outside symbolic link 777 0:0
fifo fifo 644 0:0
sub directory 2770 0:0
sub/tool regular file 4755 0:0
2
content
$scratch/canary
END
)"
  equal "$(wherry volume ls -q)" ""
  box -v named:/data "$REGISTRY/data" sh -c 'echo mine >/data/file; rm /data/soft'
  # Once it holds something it is left alone.
  equal "$(box -v named:/data "$REGISTRY/data" sh -c 'cat /data/file; ls /data/soft 2>&1' | head -1)" mine
  equal "$(stat -c %Y "$(mountpoint_of named)/hard")" "$(stat -c %Y "$(mountpoint_of named)/file")"
  equal "$(ls -A "$scratch/canary")" file
  equal "$(box -v bare:/data:nocopy "$REGISTRY/data" ls -A /data)" ""
  equal "$(box --mount source=bare,target=/data,volume-nocopy "$REGISTRY/data" ls -A /data)" ""
  # Where the folder is a link the image's own folder is meant, never the device's.
  mkdir -p "$scratch/link"
  ln -s "$scratch/canary" "$scratch/link/jump"
  push --name link --rootfs "$scratch/box" --rootfs "$scratch/link" --cmd '["sh"]' >/dev/null
  wherry pull "$REGISTRY/link" >/dev/null
  run wherry run --rm -v jumped:/jump "$REGISTRY/link" true
  refute grep -rq c4n4ry-text "$STATE/volumes"
}

@test "a copy that does not fit leaves nothing mounted and says so" {
  head -c 300000 /dev/urandom >"$scratch/big"
  mkdir -p "$scratch/root/data" "$scratch/box"
  cp "$scratch/big" "$scratch/root/data/big"
  tar -C "$scratch/box" -xf "$SUITE/box.tar"
  push --name big --rootfs "$scratch/box" --rootfs "$scratch/root" --cmd '["sh"]' >/dev/null
  wherry pull "$REGISTRY/big" >/dev/null
  wherry volume create -o type=tmpfs -o device=tmpfs -o o=size=64k small
  fails 125 run --name full -v small:/data "$REGISTRY/big" true
  says 'small' 'no space left'
  refute is_mounted "$(mountpoint_of small)"
  equal "$(state_of full)" created
  # Nor is anything left where it stays, and the next begins anew.
  mkdir "$scratch/small"
  mount -t tmpfs -o size=64k tmpfs "$scratch/small"
  wherry volume create -o type=none -o device="$scratch/small" -o o=bind bound
  fails 125 run --rm -v bound:/data "$REGISTRY/big" true
  says 'no space left'
  equal "$(ls -A "$scratch/small")" ""
  mount -o remount,size=1m "$scratch/small"
  equal "$(wherry run --rm -v bound:/data "$REGISTRY/big" wc -c /data/big)" '300000 /data/big'
  umount "$scratch/small"
}

@test "--mount takes docker's keys" {
  mkdir "$scratch/host"
  mount -t tmpfs tmpfs "$scratch/host"
  mkdir "$scratch/host/below"
  mount -t tmpfs tmpfs "$scratch/host/below"
  run box --mount "type=bind,src=$scratch/host,dst=/h,readonly" "$IMG" sh -c 'touch /h/x || touch /h/below/x || echo both'
  [[ "$output" == *both* ]]
  run -0 box --mount "type=bind,src=$scratch/host,dst=/h,ro,bind-recursive=writable" "$IMG" touch /h/below/x
  run -0 box --mount "type=bind,src=$scratch/host,dst=/h,bind-recursive=disabled" "$IMG" ls /h/below
  equal "$output" ""
  run -0 box --mount "type=bind,src=$scratch/host,dst=/h,bind-propagation=rslave,consistency=cached" "$IMG" ls /h/below
  equal "$output" x
  fails 125 run --rm --mount "type=bind,src=$scratch/none,dst=/h" "$IMG" true
  says 'does not exist'
  [ ! -e "$scratch/none" ]
  run -0 box --mount "type=bind,src=$scratch/none,dst=/h,bind-create-src" "$IMG" true
  [ -d "$scratch/none" ]
  run -0 box --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770 "$IMG" sh -c 'stat -c %a /t; grep " /t " /proc/mounts'
  equal "${lines[0]}" 1770
  [[ "${lines[1]}" == *size=1024k* ]]
  run -0 box --mount 'type=volume,target=/v,"volume-opt=o=size=1m,mode=700",volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-label=a=b,src=made' \
    "$IMG" sh -c 'stat -c %a /v; grep " /v " /proc/mounts'
  equal "${lines[0]}" 700
  [[ "${lines[1]}" == *size=1024k* ]]
  equal "$(wherry volume inspect -f '{{json .Options}} {{json .Labels}}' made)" \
    '{"device":"tmpfs","o":"size=1m,mode=700","type":"tmpfs"} {"a":"b"}'
  fails 125 run --rm --mount type=volume,target=/v,bind-propagation=shared "$IMG" true
  says "cannot mix 'bind-\*' options with mount type 'volume'"
  fails 125 run --rm --mount type=volume,target=/v,nope=1 "$IMG" true
  says "unexpected key 'nope'"
  umount "$scratch/host/below" "$scratch/host"
}

@test "a part of a volume is mounted, whatever happens to the path meanwhile" {
  mkdir "$scratch/canary"
  echo secret >"$scratch/canary/name"
  wherry volume create data
  data=$(mountpoint_of data)
  mkdir -p "$data/part/deep"
  echo inside >"$data/part/deep/name"
  echo file >"$data/single"
  ln -s "$scratch/canary" "$data/link"
  ln -s /part/deep "$data/within"
  equal "$(box --mount source=data,target=/x,volume-subpath=part/deep "$IMG" cat /x/name)" inside
  equal "$(box --mount source=data,target=/x,volume-subpath=single "$IMG" cat /x)" file
  equal "$(box --mount source=data,target=/x,volume-subpath=within "$IMG" cat /x/name)" inside
  fails 125 run --rm --mount source=data,target=/x,volume-subpath=nothing "$IMG" true
  says 'cannot access path nothing of volume data'
  fails 125 run --rm --mount source=data,target=/x,volume-subpath=link "$IMG" true
  fails 125 run --rm --mount source=data,target=/x,volume-subpath=../../.. "$IMG" true
  says 'relative path within the volume'
  # It stays where it was through a restart of the container and the end of the daemon.
  sleeper web --mount source=data,target=/x,volume-subpath=part/deep
  mv "$data/part" "$data/moved"
  ln -s "$scratch" "$data/part"
  daemon_kill
  daemon_start
  equal "$(wherry exec web cat /x/name)" inside
  wherry rm -f web
  rm "$data/part"
  mv "$data/moved" "$data/part"
  # Somebody swaps the folder for a link to the device's.
  ln -s "$scratch/canary" "$data/swap"
  cat >"$scratch/swapper.py" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None)
a, b = (os.fsencode(path) for path in sys.argv[1:])
while True:
    libc.renameat2(-100, a, -100, b, 2)
END
  "$PYTHON" "$scratch/swapper.py" "$data/part/deep" "$data/swap" &
  swapper=$!
  for _ in {1..25}; do
    run wherry run --rm --mount source=data,target=/x,volume-subpath=part/deep "$IMG" cat /x/name
    [[ "$output" != *secret* ]] || { kill "$swapper"; false; }
  done
  kill "$swapper"
  refute grep -q subpaths /proc/self/mountinfo
}

@test "--volumes-from takes another's mounts" {
  mkdir "$scratch/host"
  wherry create --name one -v data:/d -v /anonymous -v "$scratch/host:/h" --tmpfs /t "$IMG" true
  box --volumes-from one "$IMG" sh -c 'echo 1 >/d/file; echo 2 >/anonymous/file; echo 3 >/h/file'
  equal "$(box --volumes-from one:ro "$IMG" sh -c 'cat /d/file /anonymous/file /h/file; touch /d/no 2>/dev/null || echo ro')" \
    $'1\n2\n3\nro'
  equal "$(box --volumes-from one -v other:/d "$IMG" ls -A /d)" ""
  fails 125 run --rm --volumes-from nobody "$IMG" true
  says 'nobody'
  fails 125 run --rm --volumes-from one:xx "$IMG" true
  says 'invalid mode'
  equal "$(wherry inspect -f '{{len .Mounts}}' one)" 4
  wherry rm -v one
  equal "$(wherry volume ls -q)" $'data\nother'
}

@test "a file system of a volume's own is mounted by the first and unmounted after the last" {
  wherry volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,uid=1000 mem
  data=$(mountpoint_of mem)
  refute is_mounted "$data"
  sleeper one -v mem:/m
  wherry exec one sh -c 'echo shared >/m/file'
  is_mounted "$data"
  sleeper two -v mem:/m
  equal "$(wherry exec two cat /m/file)" shared
  wherry stop one
  is_mounted "$data"
  equal "$(wherry exec two cat /m/file)" shared
  wherry restart two
  wherry exec two true
  daemon_kill
  wherry version >/dev/null 2>&1 || daemon_start
  # The last one ends while no daemon is there, or just after.
  pid=$(pid_of two)
  daemon_kill
  kill -KILL "$pid"
  daemon_start
  eventually 10 has_state two exited
  unmounted() { wherry ps -a >/dev/null; ! is_mounted "$data"; }
  eventually 10 unmounted
  equal "$(wherry ps -aq | wc -l)" 2
  wherry rm one two
  wherry volume rm mem
}

@test "a block device is mounted while a container uses it" {
  command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not here"
  truncate -s 8M "$scratch/disk"
  mkfs.ext4 -q "$scratch/disk"
  loop=$(losetup -f --show "$scratch/disk" 2>/dev/null) || skip "no loop device can be made here"
  wherry volume create -o type=ext4 -o "device=$loop" -o o=noatime disk
  box -v disk:/d:nocopy "$IMG" sh -c 'echo kept >/d/file'
  refute is_mounted "$(mountpoint_of disk)"
  equal "$(box -v disk:/d:ro "$IMG" cat /d/file)" kept
  wherry volume export disk | tar -t | grep -qx ./file
  refute is_mounted "$(mountpoint_of disk)"
  wherry volume snapshot disk copy
  equal "$(box -v copy:/d "$IMG" cat /d/file)" kept
  wherry volume rm disk
  losetup -d "$loop"
}

@test "many containers at once, coming and going, leave a volume as one would" {
  wherry volume create -o type=tmpfs -o device=tmpfs mem
  pids=()
  for number in {1..12}; do
    wherry run --rm -v mem:/m -v shared:/s "$IMG" sh -c "echo $number >/m/$number; echo $number >/s/$number" &
    pids+=($!)
  done
  wait "${pids[@]}"
  refute is_mounted "$(mountpoint_of mem)"
  equal "$(ls "$(mountpoint_of shared)" | wc -l)" 12
  equal "$(ls -A "$(mountpoint_of mem)")" ""
  # Made and removed at the same time: never half there.
  pids=()
  for number in {1..12}; do
    wherry volume create racing >/dev/null &
    pids+=($!)
    wherry volume rm -f racing >/dev/null 2>&1 &
    pids+=($!)
  done
  wait "${pids[@]}"
  wherry volume create racing
  wherry volume rm racing
  fails 1 volume inspect racing
  staging_is_empty
}

@test "what cannot be mounted fails with the volume's name and the reason" {
  wherry volume create -o type=ext4 -o device=/dev/nothing-there disk
  fails 125 run --name web -v disk:/x "$IMG" true
  says "error while mounting volume 'disk'" 'ext4 /dev/nothing-there' 'no such file or directory'
  equal "$(state_of web)" created
  fails 1 volume create -o type=ext4 half
  says 'missing required option: "device"'
  fails 1 volume create -o size=1g half
  says 'invalid option'
  fails 1 volume create -o type=tmpfs -o device=tmpfs disk
  says 'already exists with other options'
  mkdir "$scratch/folder"
  echo there >"$scratch/folder/file"
  wherry volume create -o type=none -o "device=$scratch/folder" -o o=bind,ro bound
  equal "$(box -v bound:/b "$IMG" cat /b/file)" there
  run box -v bound:/b "$IMG" touch /b/no
  [ "$status" -ne 0 ]
  wherry volume rm bound
  equal "$(cat "$scratch/folder/file")" there
}

@test "inspect, ps, system df and events tell of volumes" {
  wherry run -d --name web -v data:/d -v /anonymous -v "$scratch:/h:ro" --tmpfs /t --mount source=other,target=/o,readonly \
    "$IMG" sleep 100
  anonymous=$(wherry volume ls -q | grep -E '^[0-9a-f]{64}$')
  run -0 wherry inspect web
  "$PYTHON" - "$output" "$anonymous" "$(mountpoint_of data)" "$scratch" <<'END'
import json, sys
[web] = json.loads(sys.argv[1])
anonymous, data, scratch = sys.argv[2:]
mounts = {mount["Destination"]: mount for mount in web["Mounts"]}
assert mounts["/d"] == {"Type": "volume", "Name": "data", "Source": data, "Destination": "/d", "Driver": "local",
                        "Mode": "z", "RW": True, "Propagation": ""}, mounts["/d"]
assert mounts["/anonymous"]["Name"] == anonymous and mounts["/anonymous"]["Mode"] == "", mounts
assert mounts["/h"] == {"Type": "bind", "Source": scratch, "Destination": "/h", "Mode": "ro", "RW": False,
                        "Propagation": "rprivate"}, mounts["/h"]
assert mounts["/o"]["RW"] is False and mounts["/o"]["Name"] == "other", mounts
host = web["HostConfig"]
assert host["Binds"] == ["data:/d", scratch + ":/h:ro"], host["Binds"]
assert host["Mounts"] == [{"Type": "volume", "Source": "other", "Target": "/o", "ReadOnly": True}], host["Mounts"]
assert web["Config"]["Volumes"] == {"/anonymous": {}}, web["Config"]["Volumes"]
END
  [[ "$(wherry ps --no-trunc --format '{{.Mounts}} {{.LocalVolumes}}')" == *data*"$anonymous"*\ 3 || \
    "$(wherry ps --no-trunc --format '{{.Mounts}} {{.LocalVolumes}}')" == *data*\ 3 ]]
  equal "$(wherry ps --filter volume=data --format '{{.Names}}')" web
  equal "$(wherry ps --filter volume=/o --format '{{.Names}}')" web
  equal "$(wherry ps -q --filter volume=nothing)" ""
  wherry exec web sh -c 'head -c 100000 /dev/zero >/d/file'
  wherry volume create idle
  equal "$(wherry system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | grep Volumes)" 'Local Volumes 4 3'
  wherry system df -v | grep -E '^data +1 +1[0-9.]+kB'
  wherry system df -v | grep -E '^idle +0 +'
  wherry system df --format json | grep -q '"Type":"Local Volumes"'
  wherry rm -fv web
  box -v noted:/d "$IMG" true
  wherry volume rm noted
  events() { wherry events --since 1h --until 0s "$@"; }
  equal "$(events --filter volume=noted --format '{{.Action}}' | paste -sd,)" create,mount,unmount,destroy
  events --filter type=volume |
    grep -q 'volume mount noted (container=[0-9a-f]*, destination=/d, driver=local, propagation=, read/write=true)'
}

@test "export and import carry a volume over, and nothing else" {
  wherry volume create from
  wherry volume create to
  from=$(mountpoint_of from)
  to=$(mountpoint_of to)
  mkdir "$scratch/canary" "$from/sub"
  echo one >"$from/sub/file"
  ln "$from/sub/file" "$from/hard"
  ln -s sub "$from/soft"
  chown 1000:2000 "$from" "$from/sub/file"
  chmod 2750 "$from"
  wherry volume export from -o "$scratch/from.tar"
  tar -tf "$scratch/from.tar" | grep -qx ./sub/file
  run -0 wherry volume import to "$scratch/from.tar"
  diff -r "$from" "$to"
  equal "$(stat -c '%a %u:%g' "$to" "$to/sub/file")" "$(stat -c '%a %u:%g' "$from" "$from/sub/file")"
  wherry volume export from | wherry volume import to -
  equal "$(stat -c %h "$to/hard")" 2
  # An archive that leads out, and a link in the volume that does.
  "$PYTHON" - "$scratch" <<'END'
import io, sys, tarfile
for name, paths in {"dots": ["../../escaped"], "link": ["out/escaped"]}.items():
    with tarfile.open(f"{sys.argv[1]}/{name}.tar", "w") as archive:
        for path in paths:
            info = tarfile.TarInfo(path)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
END
  ln -s "$scratch/canary" "$to/out"
  fails 1 volume import to "$scratch/dots.tar"
  says 'leads out'
  fails 1 volume import to "$scratch/link.tar"
  equal "$(ls -A "$scratch/canary")" ""
  refute find "$STATE" -name escaped | grep .
  fails 1 volume import nothing "$scratch/from.tar"
  fails 1 volume export nothing -o "$scratch/no.tar"
  [ ! -e "$scratch/no.tar" ]
  head -c 700 "$scratch/from.tar" >"$scratch/cut.tar"
  fails 1 volume import to "$scratch/cut.tar"
}

@test "a snapshot is a volume of its own, and brings its origin back" {
  sleeper web -v data:/d
  wherry exec web sh -c 'echo before >/d/file; mkdir /d/sub; ln /d/file /d/sub/hard; truncate -s 10485760 /d/sparse; chown 5:6 /d/file'
  equal "$(wherry volume snapshot data monday)" monday
  equal "$(state_of web)" running
  [ "$(du -k "$(mountpoint_of monday)/sparse" | cut -f1)" -lt 100 ]
  equal "$(stat -c '%u:%g %h' "$(mountpoint_of monday)/file")" '5:6 2'
  wherry exec web sh -c 'echo after >/d/file; touch /d/new'
  equal "$(cat "$(mountpoint_of monday)/file")" before
  fails 1 volume snapshot data monday
  says 'already exists'
  fails 1 volume restore data monday
  says 'in use by running containers - \[web\]'
  equal "$(cat "$(mountpoint_of data)/file")" after
  wherry stop web
  wherry volume restore data monday
  equal "$(ls "$(mountpoint_of data)" | paste -sd,)" file,sparse,sub
  wherry start web
  equal "$(wherry exec web cat /d/file)" before
  wherry rm -f web
  wherry volume prune -af
  equal "$(wherry volume ls -q)" monday
  equal "$(wherry volume inspect -f '{{.SnapshotOf}}' monday)" data
  # One of those paused stays so.
  sleeper still -v other:/d
  wherry pause still
  wherry volume snapshot other copy
  equal "$(state_of still)" paused
  fails 1 volume snapshot nothing copy2
  staging_is_empty
}

@test "a daemon that is killed during a snapshot leaves no container standing still" {
  sleeper web -v data:/d
  wherry exec web dd if=/dev/urandom of=/d/large bs=1M count=300 2>/dev/null
  wherry volume snapshot data copy >/dev/null 2>&1 &
  snapshot=$!
  eventually 10 has_state web paused || true
  daemon_kill
  ended "$snapshot" badly
  daemon_start
  eventually 20 has_state web running
  equal "$(wherry exec web echo runs)" runs
  wherry volume rm -f copy
}

@test "rm follows no link out of a volume" {
  mkdir -p "$scratch/canary/deep"
  echo keep >"$scratch/canary/deep/file"
  wherry volume create data
  data=$(mountpoint_of data)
  ln -s "$scratch/canary" "$data/link"
  ln "$scratch/canary/deep/file" "$data/hard" 2>/dev/null || true
  mkdir "$data/dir"
  ln -s "$scratch/canary/deep" "$data/dir/link"
  run -0 wherry volume rm data
  equal "$(cat "$scratch/canary/deep/file")" keep
  [ ! -e "$STATE/volumes/data" ]
  staging_is_empty
  # The whole folder swapped for a link.
  wherry volume create trap
  rm -r "$STATE/volumes/trap/data"
  ln -s "$scratch/canary" "$STATE/volumes/trap/data"
  fails 125 run --rm -v trap:/x "$IMG" true
  run -0 wherry volume rm trap
  equal "$(cat "$scratch/canary/deep/file")" keep
}

@test "a damaged record costs one volume, and what it holds is kept" {
  box -v good:/x "$IMG" sh -c 'echo 1 >/x/file'
  box -v broken:/x "$IMG" sh -c 'echo precious >/x/file'
  printf 'garbage' >"$STATE/volumes/broken/record.cbor"
  daemon_kill
  daemon_start
  equal "$(wherry volume ls -q)" good
  grep -rq precious "$STATE/damaged"
  equal "$(box -v good:/x "$IMG" cat /x/file)" 1
  rm -rf "$STATE/damaged"/*
}

@test "--volume-driver is of what --volume makes, and must be there" {
  box --volume-driver local -v kept:/kept "$IMG" touch /kept/file
  equal "$(wherry volume inspect -f '{{.Driver}}' kept)" local
  fails 125 run --rm --volume-driver nfs -v other:/other "$IMG" true
  says nfs "plugin not found" "wherry plugin ls"
  refute exists other
  # Of --mount and of folders it says nothing.
  box --volume-driver nfs -v "$scratch:/folder" --mount type=volume,source=mine,target=/mine "$IMG" true
  exists mine
}
