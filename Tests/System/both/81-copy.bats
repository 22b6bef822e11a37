# cp: files into and out of containers, running and not, hostile ones too.
load ../lib/common

fails_in_shell() {
  run --separate-stderr sh -c "$1"
  [ "$status" -eq 1 ]
}

@test "a file goes in, takes the name it is given, and comes out again" {
  sleeper box
  echo hello >"$scratch/file"
  chmod 640 "$scratch/file"
  run -0 wherry cp "$scratch/file" box:/tmp
  equal "$(wherry exec box cat /tmp/file)" hello
  run -0 wherry cp "$scratch/file" box:/tmp/other
  equal "$(wherry exec box stat -c '%a %u:%g' /tmp/other)" "640 0:0"
  run -0 wherry cp box:/tmp/other "$scratch/back"
  cmp "$scratch/file" "$scratch/back"
  equal "$(stat -c %a "$scratch/back")" 640
  mkdir "$scratch/folder"
  run -0 wherry cp box:tmp/other "$scratch/folder"
  cmp "$scratch/file" "$scratch/folder/other"
  # Over what is there.
  echo again >"$scratch/file"
  run -0 wherry cp "$scratch/file" box:/tmp/other
  equal "$(wherry exec box cat /tmp/other)" again
  run -0 wherry cp box:/tmp/other "$scratch/back"
  equal "$(cat "$scratch/back")" again
}

@test "folders follow docker's rules" {
  sleeper box
  mkdir -p "$scratch/dir/sub"
  echo 1 >"$scratch/dir/one"
  echo 2 >"$scratch/dir/sub/two"
  ln -s one "$scratch/dir/link"
  ln "$scratch/dir/one" "$scratch/dir/hard"
  # What is not there takes the name; what is there takes it in; /. is the contents.
  run -0 wherry cp "$scratch/dir" box:/new
  run -0 wherry cp "$scratch/dir" box:/new
  run -0 wherry cp "$scratch/dir/." box:/tmp
  equal "$(wherry exec box sh -c 'cat /new/one /new/dir/sub/two /tmp/one; readlink /tmp/link')" $'1\n2\n1\none'
  equal "$(wherry exec box stat -c %h /new/one)" 2
  run -0 wherry cp box:/new "$scratch/out"
  run -0 wherry cp box:/new "$scratch/out"
  diff -r "$scratch/dir" "$scratch/out/new/dir"
  mkdir "$scratch/contents"
  run -0 wherry cp box:/new/dir/. "$scratch/contents"
  diff -r "$scratch/dir" "$scratch/contents"
  fails 1 cp "$scratch/dir" box:/new/one
  says 'cannot copy directory'
  fails 1 cp "$scratch/dir/one" box:/nowhere/
  says 'no such directory'
  fails 1 cp "$scratch/dir/one" box:/no/where
  says '/no' 'box'
  fails 1 cp box:/nothing "$scratch/x"
  says 'Could not find the file /nothing in container box'
  fails 1 cp box:/new "$scratch/no/where"
  says 'does not exist'
  fails 1 cp box:/a box:/b
  says 'not supported'
  fails 1 cp /a /b
  says 'at least one container'
  # A folder is not replaced by a file, nor a file by a folder.
  mkdir -p "$scratch/clash/new"
  echo >"$scratch/clash/new/dir"
  fails 1 cp box:/new "$scratch/clash"
  says 'cannot overwrite'
  [ -f "$scratch/clash/new/dir" ]
}

@test "an archive goes in and out by - and keeps its owners" {
  sleeper box
  mkdir "$scratch/in"
  echo x >"$scratch/in/x"
  tar -C "$scratch/in" --owner=12:34 --owner=12 --group=34 -cf "$scratch/in.tar" x
  wherry cp - box:/tmp <"$scratch/in.tar"
  equal "$(wherry exec box stat -c %u:%g /tmp/x)" 12:34
  wherry cp box:/tmp/x - >"$scratch/out.tar"
  equal "$(tar tvf "$scratch/out.tar" | tr -s ' ' | cut -d' ' -f2,6)" "12/34 x"
  for format in ustar gnu pax v7; do
    tar -C "$scratch/in" --format=$format -cf - . | wherry cp - box:/tmp
  done
  fails_in_shell "wherry cp - box:/tmp/x <'$scratch/in.tar'"
  says 'must be a directory'
  fails_in_shell "head -c 700 '$scratch/in.tar' | wherry cp - box:/tmp"
  says 'ends early'
  fails_in_shell "head -c 2000 /dev/urandom | wherry cp - box:/tmp"
  says 'no tar archive'
  # Nothing half-done is left.
  equal "$(wherry exec box sh -c 'ls -A /tmp')" x
}

@test "--archive keeps owners, else they are those of the place" {
  sleeper box
  echo x >"$scratch/x"
  chown 12:34 "$scratch/x"
  run -0 wherry cp "$scratch/x" box:/tmp/plain
  run -0 wherry cp -a "$scratch/x" box:/tmp/kept
  equal "$(wherry exec box stat -c %u:%g /tmp/plain /tmp/kept)" $'0:0\n12:34'
  run -0 wherry cp box:/tmp/kept "$scratch/plain"
  run -0 wherry cp -a box:/tmp/kept "$scratch/kept"
  equal "$(stat -c %u:%g "$scratch/plain" "$scratch/kept")" $'0:0\n12:34'
}

@test "a container that does not run can be copied to and from" {
  mkdir "$scratch/bound"
  echo inside >"$scratch/bound/file"
  wherry create --name box -v "$scratch/bound:/bound" "$IMG" cat /etc/given /bound/new
  echo given >"$scratch/given"
  run -0 wherry cp "$scratch/given" box:/etc/given
  run -0 wherry cp box:/etc/given "$scratch/back"
  cmp "$scratch/given" "$scratch/back"
  run -0 wherry cp box:/bound/file "$scratch/file"
  equal "$(cat "$scratch/file")" inside
  run -0 wherry cp "$scratch/given" box:/bound/new
  cmp "$scratch/given" "$scratch/bound/new"
  # Nothing stays mounted.
  local id
  id=$(wherry inspect -f '{{.Id}}' box)
  refute grep "$id" /proc/self/mountinfo
  equal "$(wherry start -a box)" $'given\ngiven'
  run -0 wherry cp box:/etc/given "$scratch/back"
  run -0 wherry rm box
  [ -s "$scratch/bound/file" ]
  wherry create --name locked --read-only "$IMG" true
  fails 1 cp "$scratch/given" locked:/tmp
  says 'marked read-only'
}

@test "links of a container lead nowhere but into the container" {
  sleeper box
  echo canary >"$scratch/canary"
  local host=$scratch
  wherry exec box sh -c "mkdir -p '$host' /real; echo inner >'$host/canary'
    ln -s '$host' /absolute; ln -s ../../../../../../..$host /dots; ln -s / /root-link; ln -s /proc/1/root$host /magic
    ln -s /real /folder; ln -s '$host/canary' /file-link; ln -s loop /loop"
  echo new >"$scratch/new"
  local link
  for link in absolute dots root-link$host; do
    run -0 wherry cp "box:/$link/canary" "$scratch/read"
    equal "$(cat "$scratch/read")" inner
    run -0 wherry cp "$scratch/new" "box:/$link/canary"
    equal "$(cat "$scratch/canary")" canary
    equal "$(wherry exec box cat "$host/canary")" new
    wherry exec box sh -c "echo inner >'$host/canary'"
  done
  fails 1 cp box:/magic/canary "$scratch/read"
  fails 1 cp "$scratch/new" box:/magic/canary
  fails 1 cp -L box:/loop "$scratch/read"
  # The link itself without -L, what it leads to with it.
  run -0 wherry cp box:/file-link "$scratch/link"
  equal "$(readlink "$scratch/link")" "$host/canary"
  run -0 wherry cp -L box:/file-link "$scratch/followed"
  equal "$(cat "$scratch/followed")" inner
  run -0 wherry cp "$scratch/new" box:/folder
  equal "$(wherry exec box cat /real/new)" new
  # A member that would go through a link is refused.
  mkdir "$scratch/tree"
  ln -s "$scratch" "$scratch/tree/out"
  tar -C "$scratch/tree" -cf "$scratch/evil.tar" out
  rm "$scratch/tree/out"
  mkdir "$scratch/tree/out"
  echo evil >"$scratch/tree/out/canary"
  tar -C "$scratch/tree" -rf "$scratch/evil.tar" out/canary
  fails_in_shell "wherry cp - box:/real <'$scratch/evil.tar'"
  says 'in its way'
  tar -C "$scratch" -cPf "$scratch/dots.tar" --transform 's,^,../../,' canary
  fails_in_shell "wherry cp - box:/real <'$scratch/dots.tar'"
  says 'leads out'
  equal "$(cat "$scratch/canary")" canary
  equal "$(wherry exec box cat "$host/canary")" inner
}

@test "a race of renames writes and reads nothing of the device" {
  mkdir "$scratch/secret"
  echo canary >"$scratch/secret/file"
  wherry run -d --name box "$IMG" sh -c "mkdir -p /a/real /a/.x; echo inner >/a/real/file
    ln -s $scratch/secret /a/link; ln -s ../../../../../../../..$scratch/secret /a/up
    while true; do mv /a/real /a/swap; mv /a/link /a/real; mv /a/real /a/link; mv /a/up /a/real; mv /a/real /a/up; mv /a/swap /a/real; done"
  eventually 10 wherry exec box test -e /a/.x
  echo evil >"$scratch/file"
  local round
  for round in $(seq 40); do
    wherry cp "$scratch/file" box:/a/real 2>/dev/null || true
    rm -rf "$scratch/got"
    wherry cp box:/a/real/. "$scratch/got" 2>/dev/null || true
    refute grep -rqs canary "$scratch/got"
  done
  equal "$(cat "$scratch/secret/file")" canary
  equal "$(ls -A "$scratch/secret")" file
}

@test "what is no plain file goes as what it is, and a large one whole" {
  sleeper box
  wherry exec box sh -c 'mkdir /odd; mkfifo /odd/fifo; mknod /odd/null c 1 3; chmod 4755 /odd; head -c 20000000 /dev/zero >/odd/large; echo x >/odd/suid; chmod 4755 /odd/suid'
  run -0 --separate-stderr wherry cp box:/odd "$scratch"
  says 'null'
  [ -p "$scratch/odd/fifo" ]
  [ ! -e "$scratch/odd/null" ]
  equal "$(stat -c '%s' "$scratch/odd/large")" 20000000
  equal "$(stat -c '%a' "$scratch/odd/suid")" 755
  run -0 wherry cp -a box:/odd "$scratch/kept"
  equal "$(stat -c '%t %T' "$scratch/kept/null")" "1 3"
  equal "$(stat -c '%a' "$scratch/kept/suid")" 4755
  run -0 wherry cp "$scratch/odd/large" box:/large
  equal "$(wherry exec box stat -c %s /large)" 20000000
  # The daemon does not keep it.
  fails 1 cp box:/dev/tty0x "$scratch/none"
}

@test "what a container binds of the device is still mounted there after a copy" {
  mkdir "$scratch/shared"
  mount -t tmpfs tmpfs "$scratch/shared"
  mount --make-shared "$scratch/shared"
  mkdir "$scratch/shared/inner"
  mount -t tmpfs tmpfs "$scratch/shared/inner"
  echo inside >"$scratch/shared/inner/file"
  wherry create --name bound -v "$scratch/shared:/shared" "$IMG" true
  wherry cp bound:/shared/inner/file "$scratch/copied"
  equal "$(cat "$scratch/copied")" inside
  mountpoint -q "$scratch/shared/inner"
  equal "$(cat "$scratch/shared/inner/file")" inside
}

# A client that takes nothing of a copy until told.
stalled_export() {
  mkfifo "$scratch/fifo"
  wherry export "$1" >"$scratch/fifo" 2>"$scratch/said" 3>&- &
  exporter=$!
  exec 8<"$scratch/fifo"
  head -c 1 <&8 >/dev/null
}

@test "a client that stalls while it copies from a stopped container holds up neither start nor rm" {
  wherry create --name box "$IMG" sh -c 'dd if=/dev/zero of=/big bs=1M count=64 2>/dev/null; sleep 1000' >/dev/null
  wherry start box >/dev/null
  full() { [ "$(wherry exec box stat -c %s /big)" = 67108864 ]; }
  eventually 20 full
  wherry stop -t 1 box >/dev/null
  local exporter start=$SECONDS
  stalled_export box
  run -0 timeout 60 wherry start box
  [ $((SECONDS - start)) -ge 9 ]
  has_state box running
  exec 8<&-
  ended "$exporter" badly
  wherry stop -t 1 box >/dev/null
  rm "$scratch/fifo"
  stalled_export box
  start=$SECONDS
  run -0 timeout 60 wherry rm -f box
  [ $((SECONDS - start)) -lt 9 ]
  exec 8<&-
  ended "$exporter" badly
  refute grep -q "$scratch" /proc/self/mountinfo
}

@test "while a stopped container is copied from it can be looked at, and export leaves out what is mounted" {
  mkdir "$scratch/data"
  echo mine >"$scratch/data/file"
  wherry create --name box -v "$scratch/data:/data" "$IMG" true >/dev/null
  run -0 wherry cp box:/data/file -
  wherry cp box:/data/file "$scratch/out"
  equal "$(cat "$scratch/out")" mine
  wherry export box | tar -tf - >"$scratch/names"
  grep -qx bin/busybox "$scratch/names"
  refute grep -q data/file "$scratch/names"
  wherry rm box
  equal "$(cat "$scratch/data/file")" mine
}
