# The registries and the images of the system tests, all from Debian's busybox-static.

registry_config() { # PORT FOLDER [EXTRA]
  cat <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $2}
  delete: {enabled: true}
http: {addr: "127.0.0.1:$1"}
${3:-}
END
}

# start_registry PORT FOLDER [EXTRA]: prints the process ID.
start_registry() {
  mkdir -p "$2"
  registry_config "$@" >"$2.yml"
  docker-registry serve "$2.yml" </dev/null >"$2.log" 2>&1 3>&- 4>&- &
  echo $!
  disown $! 2>/dev/null || true
  eventually 10 reachable "$1" >/dev/null
}

reachable() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_registries() {
  local port
  port=$(free_port)
  REGISTRY=127.0.0.1:$port
  start_registry "$port" "$SUITE/registry" >"$SUITE/registry.pid"
}

# start_stub_at PORT: prints the process ID.
start_stub_at() {
  "$PYTHON" "$TOOLS/stub_registry.py" "$1" "$SUITE/stub" "$SUITE/stub.log" \
    </dev/null >>"$SUITE/stub.out" 2>&1 3>&- 4>&- &
  echo $!
  disown $! 2>/dev/null || true
  eventually 10 reachable "$1" >/dev/null
}

start_stub() {
  local port
  port=$(free_port)
  STUB=127.0.0.1:$port
  start_stub_at "$port" >"$SUITE/stub.pid"
}

# make_root FOLDER: a root filesystem with every applet of busybox, two users, and one file that cannot be run.
make_root() {
  local applet
  mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp,root,work,home/app}
  chmod 1777 "$1/tmp"
  cp /bin/busybox "$1/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\napp:x:1000:\nextra:x:2000:app\n' >"$1/etc/group"
  chown 1000:1000 "$1/home/app"
  echo 'not a program' >"$1/etc/not-executable"
}

make_images() {
  local root=$SUITE/root-box
  make_root "$root"
  mkdir -p "$SUITE/root-second/etc" "$SUITE/root-third/etc" "$SUITE/root-third/home"
  echo second >"$SUITE/root-second/etc/second"
  echo remove-me >"$SUITE/root-second/etc/gone"
  : >"$SUITE/root-third/etc/.wh.gone"
  mkdir -p "$SUITE/root-third/home/app"
  : >"$SUITE/root-third/home/app/.wh..wh..opq"
  tar -C "$root" --numeric-owner -cf "$SUITE/box.tar" .

  IMG=$REGISTRY/box:latest
  push --name box --rootfs "$root" --cmd '["sh"]' >"$SUITE/box.digest"
  push --name box --tag two --rootfs "$root" --rootfs "$SUITE/root-second" --cmd '["cat","/etc/second"]' >/dev/null
  push --name box --tag three --rootfs "$root" --rootfs "$SUITE/root-second" --rootfs "$SUITE/root-third" \
    --cmd '["sh"]' >/dev/null
  push --name entry --rootfs "$root" --entrypoint '["/bin/echo","entry"]' --cmd '["default"]' \
    --env PATH=/bin --env FROM_IMAGE=yes --user app --workdir /work --label origin=tests --stop-signal USR1 >/dev/null

  # The stub serves the same image, with faults.
  mkdir -p "$SUITE/stub"
  cp "$SUITE/box.tar" "$SUITE/stub/layer.tar"
  start_stub
}
