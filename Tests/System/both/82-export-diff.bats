# export, diff, port, system df.
load ../lib/common

@test "export is the whole root, as tar takes it" {
  wherry run --name box "$IMG" sh -c 'echo mine >/mine; rm -rf /tmp; mkdir /deep; ln /mine /deep/other'
  wherry export box >"$scratch/root.tar"
  tar tf "$scratch/root.tar" >"$scratch/list"
  grep -qx mine "$scratch/list"
  grep -qx deep/other "$scratch/list"
  grep -qx bin/sh "$scratch/list" || grep -qx bin/busybox "$scratch/list"
  refute grep -q '^tmp/' "$scratch/list"
  run -0 wherry export -o "$scratch/file.tar" box
  cmp "$scratch/root.tar" "$scratch/file.tar"
  # It makes an image again.
  wherry import "$scratch/file.tar" again
  equal "$(wherry run --rm again cat /deep/other)" mine
  wherry rmi -f again
  fails 1 export -o "$scratch/none.tar" nobody
  says nobody
  [ ! -e "$scratch/none.tar" ]
  fails 1 export -o "$scratch/no/where" box
  # Not to somebody's screen.
  run script -qec 'wherry export box' /dev/null </dev/null
  grep -q cowardly <<<"$output"
}

@test "export of a running container does not hold what is mounted in it" {
  mkdir "$scratch/bound"
  echo secret >"$scratch/bound/secret"
  sleeper_with() { wherry run -d --name box -v "$scratch/bound:/bound" "$IMG" sleep 1000; }
  sleeper_with
  wherry export box | tar tf - >"$scratch/list"
  grep -qx 'bound/' "$scratch/list"
  refute grep -q 'bound/secret' "$scratch/list"
  refute grep -q '^proc/1' "$scratch/list"
  equal "$(wherry inspect -f '{{.State.Status}}' box)" running
}

@test "diff names what was changed, added and deleted" {
  wherry run --name still "$IMG" true
  equal "$(wherry diff still)" ""
  wherry run --name box "$IMG" sh -c 'echo x >/etc/passwd; mkdir /a; echo >/a/b; rm -rf /tmp; echo >/t'
  run -0 wherry diff box
  grep -qx 'A /a' <<<"$output"
  grep -qx 'A /a/b' <<<"$output"
  grep -qx 'C /etc' <<<"$output"
  grep -qx 'C /etc/passwd' <<<"$output"
  grep -qx 'A /t' <<<"$output"
  grep -qx 'D /tmp' <<<"$output"
  # Parents come first.
  [ "$(grep -n 'A /a$' <<<"$output" | cut -d: -f1)" -lt "$(grep -n 'A /a/b$' <<<"$output" | cut -d: -f1)" ]
  equal "$(grep -c 'hosts\|resolv' <<<"$output")" 0
  # A folder that was made anew hides what it had.
  wherry run --name anew "$IMG" sh -c 'rm -rf /etc; mkdir /etc; echo >/etc/own'
  run -0 wherry diff anew
  grep -qx 'C /etc' <<<"$output"
  grep -qx 'A /etc/own' <<<"$output"
  grep -qx 'D /etc/passwd' <<<"$output"
  fails 1 diff nobody
  says nobody
}

@test "port has nothing to say, and says so of a port" {
  sleeper box
  run -0 wherry port box
  equal "$output" ""
  fails 1 port box 80
  says "no public port '80/tcp' published for box"
  fails 1 port nobody
  says nobody
}

@test "system df says what takes room" {
  run -0 wherry system df
  equal "$(head -1 <<<"$output" | tr -s ' ')" "TYPE TOTAL ACTIVE SIZE RECLAIMABLE"
  equal "$(cut -c1-13 <<<"$output" | sed 's/ *$//' | paste -sd,)" "TYPE,Images,Containers,Local Volumes,Build Cache"
  wherry run --name box "$IMG" sh -c 'head -c 3000000 /dev/urandom >/large'
  sleeper up
  run -0 wherry system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
  echo "$output"
  grep -Eq '^Containers 2 1 3\.[0-9]+MB 3(\.[0-9]+)?MB \((9[0-9]|100)%\)$' <<<"$output"
  grep -q '^Build Cache 0 0 0B 0B$' <<<"$output"
  run -0 wherry system df --format json
  equal "$(head -1 <<<"$output" | jq -r 'keys | join(" ")')" "Active Reclaimable Size TotalCount Type"
  run -0 wherry system df -v
  grep -q 'Images space usage:' <<<"$output"
  grep -Eq "box +.*3\.[0-9]+MB|3\.[0-9]+MB.* box" <<<"$output"
  fails 1 system df -v --format json
}
