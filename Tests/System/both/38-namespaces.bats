# Namespaces that containers share with each other.
load ../lib/common

namespace() { wherry exec "$1" readlink "/proc/self/ns/$2"; }

@test "--pid container:NAME sees the other's processes and is named by inspect" {
  sleeper first
  run -0 wherry run --rm --pid container:first "$IMG" sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm'
  equal "$output" "$(namespace first pid; echo sh)"
  wherry create --name second --pid container:first "$IMG" true
  equal "$(wherry inspect -f '{{.HostConfig.PidMode}}' second)" "container:$(wherry inspect -f '{{.Id}}' first)"
  # A new name of the other's makes no difference.
  wherry rename first other
  wherry start second
  equal "$(wherry wait second)" 0
}

@test "a namespace of a container that is not there, or does not run, is refused by name" {
  fails 125 run --rm --pid container:nobody "$IMG" true
  says 'pid container:nobody' 'No such container'
  wherry create --name first --ipc shareable "$IMG" sleep 1000
  fails 125 run --rm --pid container:first "$IMG" true
  says 'does not run' first 'wherry start first'
  fails any run --rm --pid container: "$IMG" true
  says pid
  fails any run --rm --ipc nonsense "$IMG" true
  says ipc
  wherry create --name second --ipc container:first "$IMG" true
  wherry rm first
  fails 1 start second
  says 'is gone'
}

@test "--ipc shareable, private, none and container:NAME" {
  wherry run -d --name first --ipc shareable --shm-size 8m "$IMG" sh -c 'echo mine >/dev/shm/note; sleep 1000'
  run -0 wherry run --rm --ipc container:first "$IMG" sh -c 'readlink /proc/self/ns/ipc; cat /dev/shm/note; df -k /dev/shm | tail -1; echo back >/dev/shm/back'
  grep -qxF "$(namespace first ipc)" <<<"$output"
  grep -qx mine <<<"$output"
  grep -q ' 8192 ' <<<"$output"
  equal "$(wherry exec first cat /dev/shm/back)" back
  equal "$(wherry inspect -f '{{.HostConfig.IpcMode}}' first)" shareable
  # One that joins it may be joined.
  wherry run -d --name second --ipc container:first "$IMG" sleep 1000
  equal "$(wherry run --rm --ipc container:second "$IMG" cat /dev/shm/note)" mine
  sleeper own
  equal "$(wherry inspect -f '{{.HostConfig.IpcMode}}' own)" private
  fails 125 run --rm --ipc container:own "$IMG" true
  says shareable own
  equal "$(wherry run --rm --ipc none "$IMG" sh -c 'grep -c " /dev/shm " /proc/mounts; true')" 0
  fails 125 run --rm --ipc container:first --sysctl kernel.msgmax=4096 "$IMG" true
  says sysctl
  # Nothing of it is left mounted.
  remove_all_containers
  refute grep -q '/files/.*/\(shm\|ns\)' /proc/self/mountinfo
}

@test "a container that joins another finds it again at each start" {
  sleeper first
  wherry run -d --name second --pid container:first "$IMG" sleep 1000
  wherry restart first
  # With the first process of its namespace all others have ended.
  eventually 10 has_state second exited
  wherry start second
  equal "$(namespace second pid)" "$(namespace first pid)"
  wherry restart second
  equal "$(namespace second pid)" "$(namespace first pid)"
  wherry stop first second
  fails 1 start second
  says 'does not run'
}

@test "a policy brings a container back into the new namespace of one that was restarted" {
  sleeper first
  wherry run -d --name second --restart always --pid container:first "$IMG" sleep 1000
  old=$(pid_of second)
  wherry restart first
  joined() { [ "$(namespace second pid 2>/dev/null)" = "$(namespace first pid)" ]; }
  eventually 30 joined
  [ "$(pid_of second)" != "$old" ]
  daemon_kill
  daemon_start
  eventually 10 joined
}

@test "the network of a container without a namespace that is pinned is found again at each start" {
  wherry run -d --name first --network none "$IMG" sleep 1000
  wherry run -d --name second --restart always --network container:first "$IMG" sleep 1000
  wherry run -d --name third --network container:second "$IMG" sleep 1000
  shared() { [ "$(namespace second net 2>/dev/null)" = "$(namespace first net)" ]; }
  eventually 5 shared
  equal "$(namespace third net)" "$(namespace first net)"
  # Its policy starts it after the other has got a new one.
  wherry restart -t 0 first
  refute shared
  kill -KILL "$(pid_of second)"
  eventually 30 shared
  wherry stop -t 0 first second
  fails 1 start second
  says 'does not run' first
  fails 125 run --rm --network container:nobody "$IMG" true
  says 'nobody'
}

@test "a policy gives up with its reason where the other container stays down" {
  sleeper first
  wherry run -d --name second --restart on-failure:1 --pid container:first "$IMG" sleep 1000
  wherry stop first
  gone() { [ "$(state_of second)" = exited ]; }
  eventually 60 gone
  run -0 wherry inspect -f '{{.State.Error}}' second
  grep -q 'does not run' <<<"$output"
}
