# Building images with Buildah, from images of the device, into its store.
load ../lib/common

setup() {
  scratch=$(mktemp -d "$SUITE/test.XXXXXX")
  mkdir -p "$scratch/site"
  export XDG_CACHE_HOME=$SUITE/build-cache
  # crun takes neither the build machine's control groups nor, in the machine, the limits that Buildah asks for; what RUN
  # may see is no matter here.
  export BUILDAH_ISOLATION=chroot
  [ -x /usr/bin/buildah ] || skip "no buildah here"
}

containerfile() { cat >"$scratch/site/Dockerfile"; }
forget() { wherry rmi -f "$@" >/dev/null 2>&1 || true; }

@test "an image is built from one of the device and runs" {
  echo hello >"$scratch/site/greeting"
  containerfile <<EOF
ARG base=$IMG
FROM \$base
ARG who=nobody
COPY greeting /greeting
RUN echo "and \$who" >>/greeting
ENV COLOUR=green
WORKDIR /tmp
LABEL maker=wherry
HEALTHCHECK --interval=7s CMD true
ENTRYPOINT ["/bin/cat"]
CMD ["/greeting"]
EOF
  run -0 --separate-stderr wherry build -t built:one -t built:two --build-arg who=world "$scratch/site"
  equal "$output" ""
  says "Successfully tagged built:one" "Successfully tagged built:two"
  run -0 wherry run --rm built:one
  equal "$output" $'hello\nand world'
  run -0 wherry image inspect -f '{{.Config.WorkingDir}} {{index .Config.Labels "maker"}} {{index .Config.Entrypoint 0}}' built:two
  equal "$output" "/tmp wherry /bin/cat"
  run -0 wherry image inspect -f '{{json .Config.Healthcheck.Interval}}' built:one
  equal "$output" 7000000000
  equal "$(wherry image inspect -f '{{.Id}}' built:one)" "$(wherry image inspect -f '{{.Id}}' built:two)"
  forget built:one built:two
}

@test "the same build again is the same image, from the cache" {
  containerfile <<EOF
FROM $IMG
RUN cat /proc/sys/kernel/random/uuid >/unique
EOF
  run -0 wherry build -q -t cached "$scratch/site"
  local id=$output
  [[ $id == sha256:* ]]
  run -0 wherry build -q -t cached "$scratch/site"
  equal "$output" "$id"
  equal "$(wherry image inspect -f '{{.Id}}' cached)" "$id"
  run -0 wherry build -q --no-cache -t cached "$scratch/site"
  [ "$output" != "$id" ]
  forget cached
}

@test "an image that was built is the base of the next, and a new one of the name is seen" {
  containerfile <<EOF
FROM $IMG
RUN echo one >/version
EOF
  wherry build -q -t chain:base "$scratch/site"
  mkdir "$scratch/next"
  printf 'FROM chain:base\nCMD ["cat", "/version"]\n' >"$scratch/next/Containerfile"
  wherry build -q -t chain:next "$scratch/next"
  run -0 wherry run --rm chain:next
  equal "$output" one
  containerfile <<EOF
FROM $IMG
RUN echo two >/version
EOF
  wherry build -q -t chain:base "$scratch/site"
  wherry build -q -t chain:next "$scratch/next"
  run -0 wherry run --rm chain:next
  equal "$output" two
  forget chain:next chain:base
}

@test "a base that the device lacks comes through it from the registry" {
  push --name for-build --rootfs "$SUITE/root-box" --cmd '["sh"]'
  containerfile <<EOF
FROM $REGISTRY/for-build:latest
CMD ["echo", "pulled"]
EOF
  wherry build -q -t from-registry "$scratch/site"
  wherry image inspect "$REGISTRY/for-build:latest" >/dev/null
  run -0 wherry run --rm from-registry
  equal "$output" pulled
  forget from-registry "$REGISTRY/for-build:latest"
}

@test "a Containerfile from standard input, with a folder and without" {
  echo data >"$scratch/site/data"
  run -0 wherry build -q -t from-input - <<<"FROM $IMG
CMD [\"echo\", \"alone\"]"
  run -0 wherry run --rm from-input
  equal "$output" alone
  wherry build -q -t from-input -f - "$scratch/site" <<<"FROM $IMG
COPY data /data
CMD [\"cat\", \"/data\"]"
  run -0 wherry run --rm from-input
  equal "$output" data
  forget from-input
  tar -cf - -C "$scratch/site" . >"$scratch/site.tar"
  fails 125 build -t x - <"$scratch/site.tar"
  says archive unpack
}

@test "stages, targets, secrets, files and the ID's file" {
  echo hidden >"$scratch/token"
  cat >"$scratch/site/other" <<EOF
FROM $IMG AS first
RUN --mount=type=secret,id=token,required=true wc -c </run/secrets/token >/length
FROM $IMG AS second
COPY --from=first /length /length
CMD ["cat", "/length"]
FROM second AS third
CMD ["echo", "third"]
EOF
  wherry build -q -f "$scratch/site/other" --secret "id=token,src=$scratch/token" --target second --iidfile "$scratch/id" \
    -t staged "$scratch/site"
  run -0 wherry run --rm staged
  equal "$output" 7
  equal "$(cat "$scratch/id")" "$(wherry image inspect -f '{{.Id}}' staged)"
  forget staged
}

@test "a build that fails says so, leaves no image and no leftovers" {
  containerfile <<EOF
FROM $IMG
RUN exit 7
EOF
  fails 1 build -t never "$scratch/site"
  says "the build failed"
  fails any image inspect never
  fails 1 build -t never "$scratch/nowhere"
  says "not found" folder
  rm "$scratch/site/Dockerfile"
  fails 1 build -t never "$scratch/site"
  says "failed to read dockerfile"
  fails any build -t UPPER "$scratch/site"
  says lowercase
  fails 1 build
  run -0 ls "$XDG_CACHE_HOME/wherry/build"
  refute grep -q scratch- <<<"$output"
}

@test "a build that is killed leaves nothing that the next does not clean up" {
  containerfile <<EOF
FROM $IMG
RUN sleep 60
EOF
  wherry build -t never "$scratch/site" >/dev/null 2>&1 &
  local pid=$!
  left_something() { ls "$XDG_CACHE_HOME/wherry/build" | grep -q scratch-; }
  eventually 30 left_something
  kill -KILL $pid
  wait $pid || true
  pkill -KILL -f 'buildah.*build' || true
  left_something
  printf 'FROM %s\n' "$IMG" >"$scratch/site/Dockerfile"
  wherry build -q -t after "$scratch/site"
  refute left_something
  forget after
}

@test "the cache is pruned, and builds go on" {
  printf 'FROM %s\nRUN head -c 5000000 /dev/zero >/big\n' "$IMG" >"$scratch/site/Dockerfile"
  wherry build -q -t pruned "$scratch/site"
  run -0 wherry builder prune <<<n
  run -0 wherry builder prune -a -f
  [[ $output == "Total reclaimed space: "* ]]
  [[ $output != *": 0B" ]]
  wherry build -q -t pruned "$scratch/site"
  wherry builder prune -a -f
  wherry run --rm pruned true
  forget pruned
}

@test "without Buildah there is a remedy" {
  containerfile <<<"FROM $IMG"
  run -1 unshare -m sh -c 'mount --bind /dev/null /usr/bin/buildah && exec wherry build "$1"' sh "$scratch/site"
  grep -q "Buildah, which is not installed" <<<"$output"
  grep -q "apt install buildah" <<<"$output"
}
