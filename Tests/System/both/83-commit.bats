# commit: an image of what a container has changed.
load ../lib/common

teardown_images() { wherry rmi -f made made:two again child >/dev/null 2>&1 || true; }
# Images outlive containers: take ours away first.
commit_teardown() { remove_all_containers; teardown_images; }

@test "commit keeps what was added, changed and deleted, and every property of a file" {
  wherry run --name box "$IMG" sh -c 'echo new >/new; chown 5:6 /new; chmod 4751 /new; ln /new /other
    echo more >>/etc/passwd; rm /etc/not-executable; rm -rf /home; mkdir /home; echo >/home/own
    ln -s nowhere /link; mkfifo /pipe; mkdir -m 1700 /folder; touch -d @1000000000 /folder/old; sleep 0.1
    mkdir /empty; rm -rf /work; echo file >/work'
  run -0 wherry commit box made
  id=$output
  grep -qx 'sha256:[0-9a-f]\{64\}' <<<"$id"
  equal "$(wherry image inspect -f '{{.Id}}' made)" "$id"
  equal "$(wherry image inspect -f '{{len .RootFS.Layers}}' made)" \
    "$(($(wherry image inspect -f '{{len .RootFS.Layers}}' "$IMG") + 1))"
  run -0 wherry run --rm -w / made sh -c 'cat /new; stat -c "%a %u:%g %h" /new /other; tail -1 /etc/passwd
    ls /etc/not-executable /home/app 2>&1 | grep -c "No such"; ls -A /home; readlink /link; stat -c %F /pipe
    stat -c %a /folder; stat -c %Y /folder/old; ls -d /empty; cat /work'
  equal "$output" "$(printf '%s\n' new '4751 5:6 2' '4751 5:6 2' more 2 own nowhere fifo 1700 1000000000 /empty file)"
  # What the runtime made to mount on is no change.
  wherry create --name still made
  equal "$(wherry export still | tar tf - | grep -c '^dev/shm')" 0
  # Nothing half-made is left, and the container is as it was.
  staging_is_empty
  equal "$(state_of box)" exited
  commit_teardown
}

@test "commit keeps attributes and capabilities of files, and holes" {
  wherry run --name box "$IMG" sh -c 'echo >/file; mkdir /folder; dd if=/dev/zero of=/hole bs=1 count=0 seek=200M 2>/dev/null'
  upper=$(find "$STATE/containers/$(wherry inspect -f '{{.Id}}' box)" -maxdepth 1 -name upper)
  "$PYTHON" - "$upper" <<'END'
import os, sys
top = sys.argv[1]
os.setxattr(top + "/file", "user.mine", b"va=lue\n\0x")
os.setxattr(top + "/folder", "user.other", b"1")
os.setxattr(top + "/file", "trusted.mine", b"1")
os.setxattr(top + "/file", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
END
  wherry commit box made
  layer=$(ls -td "$STATE"/layers/*/tree | head -1)
  run -0 "$PYTHON" -c 'import os, sys
top = sys.argv[1]
for name in "file", "folder":
    print(name, sorted(os.listxattr(top + "/" + name)))
print(os.getxattr(top + "/file", "user.mine"), os.stat(top + "/hole").st_size)
assert os.stat(top + "/hole").st_blocks < 1000' "$layer"
  equal "$output" "$(cat <<'END'
file ['security.capability', 'user.mine']
folder ['user.other']
b'va=lue\n\x00x' 209715200
END
)"
  commit_teardown
}

@test "commit of a container that has changed nothing, of a commit, and their removal in any order" {
  wherry create --name still "$IMG" true
  wherry commit still made
  equal "$(wherry run --rm made echo runs)" runs
  wherry run --name second made sh -c 'echo two >/two; rm /etc/not-executable'
  wherry commit second child
  wherry run --name third child sh -c 'rm /two; echo back >/etc/not-executable'
  wherry commit third again
  equal "$(wherry run --rm child cat /two)" two
  equal "$(wherry run --rm again sh -c 'ls /two 2>&1; cat /etc/not-executable')" "$(printf 'ls: /two: No such file or directory\nback')"
  before=$(layer_count)
  remove_all_containers
  wherry rmi made
  equal "$(wherry run --rm child cat /two)" two
  wherry rmi child
  equal "$(wherry run --rm again cat /etc/not-executable)" back
  wherry rmi again
  [ "$(layer_count)" -lt "$before" ]
  equal "$(wherry run --rm "$IMG" cat /etc/not-executable)" "not a program"
}

@test "commit takes over what the container was started with, and --change comes last" {
  wherry run --name box -e MINE=1 -l own=label -w /tmp -u app --stop-signal USR2 "$REGISTRY/entry:latest" said
  run -0 wherry commit -a 'Me <me@example.com>' -m why box made
  inspect() { wherry image inspect -f "$1" made; }
  equal "$(inspect '{{json .Config.Entrypoint}} {{json .Config.Cmd}}')" '["/bin/echo","entry"] ["said"]'
  equal "$(inspect '{{json .Config.Env}}')" '["PATH=/bin","FROM_IMAGE=yes","MINE=1"]'
  equal "$(inspect '{{.Config.WorkingDir}} {{.Config.User}} {{.Config.StopSignal}} {{.Author}}')" '/tmp app USR2 Me <me@example.com>'
  equal "$(inspect '{{index .Config.Labels "own"}} {{index .Config.Labels "origin"}}')" 'label tests'
  equal "$(wherry run --rm made)" 'entry said'
  wherry commit -c 'CMD ["changed"]' -c 'ENV A=b MINE=2' -c 'LABEL x=y' -c 'USER root' --change 'EXPOSE 80' box made:two
  equal "$(wherry run --rm made:two)" 'entry changed'
  equal "$(wherry image inspect -f '{{json .Config.Env}} {{index .Config.Labels "x"}} {{json .Config.ExposedPorts}}' made:two)" \
    '["PATH=/bin","FROM_IMAGE=yes","MINE=2","A=b"] y {"80/tcp":{}}'
  # An entrypoint of one's own drops the image's command.
  wherry create --name other --entrypoint /bin/sh "$REGISTRY/entry:latest"
  wherry commit other again
  equal "$(wherry image inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' again)" '["/bin/sh"] null'
  commit_teardown
}

@test "commit of a running container pauses it meanwhile, and lets it go on" {
  wherry run -d --name box "$IMG" sh -c 'i=0; while true; do i=$((i+1)); echo $i >/first; echo $i >/second; done'
  sleep 0.5
  wherry commit box made
  equal "$(state_of box)" running
  run -0 wherry run --rm made sh -c 'a=$(cat /first); b=$(cat /second); [ "$a" = "$b" ] || [ "$a" = $((b + 1)) ] || [ -z "$a" ] || [ -z "$b" ] || echo "$a $b"'
  equal "$output" ""
  # Between the shell's opening a file and its writing there is nothing in it, half of the time.
  count='until [ -s /tmp/seen ]; do cat /first >/tmp/seen; done; cat /tmp/seen; rm /tmp/seen'
  was=$(wherry exec box sh -c "$count")
  sleep 0.3
  [ "$(wherry exec box sh -c "$count")" -gt "$was" ]
  wherry commit --pause=false box made
  wherry pause box
  wherry commit box made
  equal "$(state_of box)" paused
  wherry unpause box
  run -0 wherry events --since 1h --until 0s --filter event=commit --filter container=box --format '{{.Action}} {{.Actor.Attributes.imageRef}}'
  equal "$(sort -u <<<"$output" | head -1)" "commit docker.io/library/made:latest"
  commit_teardown
}

@test "a daemon that is killed during a commit leaves no container standing still" {
  wherry run -d --name box "$IMG" sh -c 'dd if=/dev/urandom of=/large bs=1M count=300 2>/dev/null; echo done; i=0; while true; do i=$((i+1)); echo $i >/tick; sleep 0.1; done'
  eventually 60 logs_contain box done
  wherry commit box made >/dev/null 2>&1 &
  commit=$!
  eventually 10 has_state box paused || true
  daemon_kill
  ended "$commit" badly
  daemon_start
  eventually 20 has_state box running
  was=$(wherry exec box cat /tick)
  sleep 0.5
  [ "$(wherry exec box cat /tick)" != "$was" ]
  wherry commit box made
  commit_teardown
}

@test "commit refuses by name what it cannot do" {
  fails 1 commit nobody made
  says nobody
  wherry create --name box "$IMG" true
  fails 1 commit box UPPER
  says UPPER
  fails 1 commit box "made@sha256:$(printf '%064d' 0)"
  says digest
  fails 1 commit -c 'RUN x' box made
  says RUN
  fails any commit
  fails any commit box made more
  refute wherry image inspect made
  wherry run --name odd "$IMG" sh -c 'mkdir /sub; echo >/sub/.wh.x'
  fails 1 commit odd made
  says /sub/.wh.x odd
  # At once, not after gigabytes of zeros.
  wherry run --name huge "$IMG" sh -c 'dd if=/dev/zero of=/hole bs=1 count=0 seek=200G 2>/dev/null'
  run -1 timeout 20 wherry commit huge made
  grep -q '/hole' <<<"$output"
  refute wherry image inspect made
  staging_is_empty
}

@test "a container full of traps is committed, or refused, without harm" {
  wherry run -d --name box "$IMG" sh -c 'cd /tmp
    ln -s /etc/passwd passwd; ln -s ../../../../../../etc shadow; mkfifo pipe; mknod zero c 1 5
    nc -l -s 127.0.0.1 -p 1 & i=0; d=.; while [ $i -lt 60 ]; do d=$d/dddddddddddddddd; i=$((i+1)); done; mkdir -p $d; echo >$d/deep
    n=$(printf "%0250d" 0); echo >"$n"; printf "x" >"$(printf "a\\nb\\033")"; echo ready; while true; do echo a >f; mv f g; ln -sf /etc g; rm -f g; done'
  eventually 20 logs_contain box ready
  for _ in 1 2 3; do wherry commit --pause=false box made; done
  wherry run --rm made sh -c 'test -L /tmp/passwd && test -p /tmp/pipe && find /tmp -name deep | grep -q deep && ls /tmp | grep -q 000'
  commit_teardown
}
