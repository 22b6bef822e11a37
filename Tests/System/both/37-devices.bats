# Devices a container is given, and what it may do with the kernel's own files.
load ../lib/common

# A device that containers do not have by themselves: FUSE's; in the test machine, which may not use that, TUN's (which
# runc 1.1 would lend to all).
minor=229
[ "$WHERRY_ENV" != nspawn ] || minor=200

# A node of the test's own.
node() { mknod "$1" c 10 "$minor"; }

teardown_file() { rm -f /etc/cdi/wherry-test.json /etc/cdi/wherry-test.yaml; }

# cdi JSON: a specification of the test's own.
cdi() {
  mkdir -p /etc/cdi
  chmod 755 /etc/cdi
  cat >/etc/cdi/wherry-test.json
  chmod 644 /etc/cdi/wherry-test.json
}

@test "--device gives a node, under another name and with less access" {
  node "$scratch/dev"
  run -0 wherry run --rm --device "$scratch/dev:/dev/mine" "$IMG" sh -c 'stat -c "%t:%T" /dev/mine; : </dev/mine && echo open'
  equal "$output" "$(printf 'a:%x\nopen' "$minor")"
  run -0 wherry run --rm --device "$scratch/dev:/dev/other:r" "$IMG" \
    sh -c ': </dev/other && echo read; (: >/dev/other) 2>/dev/null || echo no-write'
  equal "$output" "$(printf 'read\nno-write')"
  run -0 wherry run --rm "$IMG" sh -c "mknod /tmp/node c 10 $minor && ( : </tmp/node ) 2>/dev/null || echo held"
  equal "$output" held
}

@test "--device takes a folder of nodes" {
  mkdir "$scratch/nodes"
  node "$scratch/nodes/one"
  mknod "$scratch/nodes/two" c 1 3
  run -0 wherry run --rm --device "$scratch/nodes:/dev/mine" "$IMG" sh -c 'ls /dev/mine; : </dev/mine/one && echo open'
  equal "$output" "$(printf 'one\ntwo\nopen')"
}

@test "a missing device is named, with the flag that waits for it" {
  fails 125 run --rm --device /dev/not-here "$IMG" true
  says /dev/not-here --device-wait
  fails 125 run --rm --device /etc/passwd "$IMG" true
  says /etc/passwd 'no device'
  fails 125 run --rm --device relative "$IMG" true
  says device
  fails 125 run --rm --device /dev/net/tun:/dev/x:rz "$IMG" true
  says mode
}

@test "--device-wait waits until the device is there, and not for ever" {
  (sleep 2; node "$scratch/late") 3>&- &
  local waker=$!
  run -0 wherry run --rm --device "$scratch/late:/dev/late" --device-wait 20 "$IMG" ls /dev/late
  equal "$output" /dev/late
  wait "$waker"
  fails 125 run --rm --device "$scratch/never" --device-wait 1 "$IMG" true
  says never
}

@test "--device-cgroup-rule allows what a program makes itself" {
  run -0 wherry run --rm --device-cgroup-rule 'c 10:* r' "$IMG" \
    sh -c "mknod /tmp/node c 10 $minor; : </tmp/node && echo read; (: >/tmp/node) 2>/dev/null || echo no-write"
  equal "$output" "$(printf 'read\nno-write')"
  for rule in 'x 1:1 r' 'c 1 r' 'c *:1 r' 'c 1:1 z' 'c -1:1 r' 'c 1:1'; do
    fails 125 run --rm --device-cgroup-rule "$rule" "$IMG" true
    says device-cgroup-rule
  done
}

@test "a CDI device brings nodes, variables, mounts and hooks" {
  mkdir "$scratch/lib"
  node "$scratch/dev"
  echo driver >"$scratch/lib/file"
  cdi <<JSON
{"cdiVersion":"0.6.0","kind":"example.com/thing","devices":[{"name":"a","containerEdits":{
  "env":["THING=a"],"deviceNodes":[{"path":"/dev/thing","hostPath":"$scratch/dev","permissions":"r"}]}}],
 "containerEdits":{"mounts":[{"hostPath":"$scratch/lib","containerPath":"/opt/thing"}],
  "hooks":[{"hookName":"createRuntime","path":"/bin/sh","args":["sh","-c","cat >/dev/null; touch $scratch/hooked"]}]}}
JSON
  run -0 wherry run --rm --device example.com/thing=a "$IMG" \
    sh -c 'echo $THING; cat /opt/thing/file; : </dev/thing && echo open; (: >/opt/thing/x) 2>/dev/null || echo read-only'
  equal "$output" "$(printf 'a\ndriver\nopen\nread-only')"
  [ -e "$scratch/hooked" ]
  fails 125 run --rm --device example.com/thing=b "$IMG" true
  says example.com/thing=b
}

@test "a CDI specification that others can write, or with a hook of a relative path, is refused" {
  cdi <<<'{"cdiVersion":"0.6.0","kind":"example.com/thing","devices":[{"name":"a","containerEdits":{"env":["A=b"]}}]}'
  chmod 666 /etc/cdi/wherry-test.json
  fails 125 run --rm --device example.com/thing=a "$IMG" true
  says 'others than root' /etc/cdi/wherry-test.json
  cdi <<<'{"cdiVersion":"0.6.0","kind":"example.com/thing","devices":[{"name":"a","containerEdits":{"hooks":[{"hookName":"prestart","path":"sh"}]}}]}'
  fails 125 run --rm --device example.com/thing=a "$IMG" true
  says 'not absolute'
  cdi <<<'{"cdiVersion":'
  fails 125 run --rm --device example.com/thing=a "$IMG" true
  says /etc/cdi/wherry-test.json
}

@test "--gpus asks CDI, and a YAML specification is named" {
  rm -f /etc/cdi/wherry-test.json
  mkdir -p /etc/cdi
  : >/etc/cdi/wherry-test.yaml
  fails 125 run --rm --gpus all "$IMG" true
  says nvidia.com/gpu=all /etc/cdi/wherry-test.yaml json
  rm /etc/cdi/wherry-test.yaml
  cdi <<<'{"cdiVersion":"0.6.0","kind":"nvidia.com/gpu","devices":[{"name":"all","containerEdits":{"env":["GPU=yes"]}}]}'
  run -0 wherry run --rm --gpus all "$IMG" sh -c 'echo $GPU'
  equal "$output" yes
}

@test "--security-opt systempaths=unconfined, label=disable and apparmor" {
  run -1 wherry run --rm --security-opt systempaths=unconfined "$IMG" grep -E ' /proc/(kcore|sys) ' /proc/mounts
  wherry run --rm --security-opt label=disable "$IMG" true
  fails 125 run --rm --security-opt label=type:x "$IMG" true
  says SELinux
  wherry run --rm --security-opt apparmor=unconfined "$IMG" true
  fails 125 run --rm --security-opt apparmor=no-such-profile "$IMG" true
  says apparmor
}

@test "inspect shows devices under Docker's names" {
  wherry create --name box --device /dev/net/tun:/dev/x:r --device-cgroup-rule 'c 10:* r' "$IMG" true
  run -0 wherry inspect -f '{{json .HostConfig.Devices}} {{json .HostConfig.DeviceCgroupRules}}' box
  equal "$output" '[{"PathOnHost":"/dev/net/tun","PathInContainer":"/dev/x","CgroupPermissions":"r"}] ["c 10:* r"]'
}

@test "a start that waits for a device is ended by stop and by rm, and holds up nothing" {
  local waiting
  wherry create --name cam --device "$scratch/never" --device-wait 60 "$IMG" sleep 1000 >/dev/null
  wherry start cam 2>"$scratch/said" 3>&- &
  waiting=$!
  sleep 1
  run -0 timeout 5 wherry stop cam
  ended "$waiting" 1
  grep -q 'waited for a device' "$scratch/said"
  wherry start cam 2>/dev/null 3>&- &
  waiting=$!
  sleep 1
  run -0 timeout 5 wherry rm cam
  ended "$waiting" 1
}
