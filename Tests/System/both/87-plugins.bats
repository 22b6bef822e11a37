# Plugins: volume drivers and authorization, with the sample of Tests/Interop as a program and behind a socket, and with
# others that hang, die, or send garbage. A second daemon with plugin folders and settings of its own.
load ../lib/common

SAMPLE=$TOOLS/../../Interop/folders.py

setup() {
  scratch=$(mktemp -d "$SUITE/test.XXXXXX")
  mkdir -p "$scratch"/{run,state,plugins,more,kept}
  settings "{}"
}

teardown() {
  local ids process
  ids=$(other ps -aq 2>/dev/null) && [ -n "$ids" ] && other rm -f $ids >/dev/null 2>&1
  for process in ${second:-} ${service:-}; do kill "$process" 2>/dev/null; done
  [ -z "${second:-}" ] || eventually 10 bash -c "! kill -0 $second 2>/dev/null" || kill -KILL "$second"
  awk -v folder="$scratch/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r target; do umount "$target" || umount -l "$target"; done
  rm -rf --one-file-system "$scratch"
}

# In the machine only units of its systemd may raise limits, so that a daemon beside it starts no container.
needs_containers() { [ "$WHERRY_ENV" = bare ] || skip "a second daemon starts no container here; systemd/43-plugins does"; }

other() { WHERRY_HOST=unix://$scratch/run/wherry.sock wherry "$@"; }

# settings JSON: the rest of the daemon's settings.
settings() {
  "$PYTHON" - "$scratch" "$1" >"$scratch/daemon.json" <<'END'
import json, sys
folder, rest = sys.argv[1], json.loads(sys.argv[2])
print(json.dumps({"plugin-directories": [folder + "/plugins", folder + "/more"], **rest}))
END
}

second_daemon() {
  wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" \
    --socket "$scratch/run/wherry.sock" --supervisor conmon </dev/null >>"$scratch/daemon.log" 2>&1 3>&- 4>&- &
  second=$!
  disown $second
  eventually 10 test -S "$scratch/run/wherry.sock"
  eventually 10 answers || { cat "$scratch/daemon.log"; return 1; }
}
answers() { other ps -q >/dev/null 2>"$scratch/refusal" || grep -q "authorization" "$scratch/refusal"; }

kill_second() {
  kill -KILL "$second"
  while process_lives "$second"; do sleep 0.02; done
}

# program NAME: the sample as an executable plugin, with its root in $scratch/kept.
program() { script "$1" "FOLDERS_ROOT=$scratch/kept exec $PYTHON $SAMPLE"; }

# script NAME LINE…: a shell script as a plugin.
script() {
  local name=$1
  shift
  { echo '#!/bin/sh'; printf '%s\n' "$@"; } >"$scratch/plugins/.$name"
  chmod 755 "$scratch/plugins/.$name"
  mv "$scratch/plugins/.$name" "$scratch/plugins/$name"
}

# behind_socket NAME: the sample as a service.
behind_socket() {
  FOLDERS_ROOT=$scratch/kept "$PYTHON" "$SAMPLE" --listen "$scratch/plugins/$1.socket" \
    </dev/null >>"$scratch/service.log" 2>&1 3>&- 4>&- &
  service=$!
  disown $service
  eventually 10 test -S "$scratch/plugins/$1.socket"
}

# refused STATUS ARG…: as `fails`, of the second daemon.
refused() { WHERRY_HOST=unix://$scratch/run/wherry.sock fails "$@"; }

image() { other pull -q "$IMG" >/dev/null; }
users() { ls "$scratch/kept/$1/users" | wc -l; }
has_users() { equal "$(users "$1")" "$2" >/dev/null; }
plugin_pid() { pgrep -f "$SAMPLE" -P "$second"; }

# The life of a volume; the plugin is there already.
life_of_a_volume() {
  equal "$(other volume create -d "$1" -o mode=750 data)" data
  equal "$(other volume ls)" "$(printf 'DRIVER    VOLUME NAME\n%-9s data' "$1")"
  equal "$(other volume inspect -f '{{.Driver}} {{.Scope}} {{.Status.Users}} {{.Options.mode}}' data)" "$1 local 0 750"
  equal "$(stat -c %a "$scratch/kept/data/data")" 750
  # The very same again is no error, other options are.
  equal "$(other volume create -d "$1" data)" data
  refused 1 volume create -d local data
  says "already exists"
  refused any volume create -d "$1" -o color=red another
  says "plugin $1" "unknown option color"
  refuted=$(other volume ls -q)
  equal "$refuted" data

  image
  other run --rm -v data:/data "$IMG" sh -c 'echo kept >/data/file'
  equal "$(cat "$scratch/kept/data/data/file")" kept
  equal "$(other run --rm --mount "type=volume,source=data,target=/data,volume-driver=$1" "$IMG" cat /data/file)" kept
  equal "$(users data)" 0

  # In use while a container has it, mounted while it runs.
  other run -d --name web -v data:/data "$IMG" sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null
  equal "$(users data)" 1
  equal "$(other inspect -f '{{(index .Mounts 0).Driver}}' web)" "$1"
  refused any volume rm data
  says "in use" web
  other stop -t 5 web >/dev/null
  eventually 10 has_users data 0
  refused any volume rm data
  other start web >/dev/null
  eventually 10 has_users data 1
  other rm -f web >/dev/null
  eventually 10 has_users data 0
  refute grep -q "$scratch/state/volumes" /proc/self/mountinfo

  # A run makes what is missing; a snapshot and an export see what is inside.
  other run --rm --volume-driver "$1" -v made:/data "$IMG" sh -c 'echo 2 >/data/second'
  equal "$(other volume inspect -f '{{.Driver}}' made)" "$1"
  other volume snapshot data copy >/dev/null
  equal "$(other run --rm -v copy:/data "$IMG" cat /data/file)" kept
  equal "$(other volume export made | tar -xO ./second)" 2
  equal "$(users data) $(users made)" "0 0"

  # Others may use it elsewhere: no clean-up takes it.
  other volume prune -a -f >/dev/null
  other system prune -a -f --volumes >/dev/null
  equal "$(other volume ls -q --filter driver="$1")" $'data\nmade'

  other volume rm data made copy >/dev/null
  equal "$(ls "$scratch/kept")" ""
  equal "$(other volume ls -q)" ""
}

@test "a program is a volume driver" {
  needs_containers
  program folders
  second_daemon
  life_of_a_volume folders
}

@test "what listens on a socket is a volume driver" {
  needs_containers
  behind_socket folders
  second_daemon
  life_of_a_volume folders
}

@test "plugin ls, plugin inspect and info say what there is" {
  program folders
  second_daemon
  other volume create -d folders data >/dev/null
  mkdir "$scratch/kept/strange"
  equal "$(other plugin ls --no-trunc)" "$(printf '%s\n%s' \
    "NAME      DESCRIPTION$(printf '%*s' $((${#scratch} + 11)) '')ENABLED" "folders   Folders below $scratch/kept   true")"
  equal "$(other plugin ls -q)" folders
  equal "$(other plugin ls --format '{{.ID}} {{.PluginReference}} {{.Enabled}}')" "folders $scratch/plugins/folders true"
  equal "$(other plugin ls -q --filter capability=volumedriver --filter enabled=true)" folders
  equal "$(other plugin ls -q --filter enabled=false)" ""
  refused any plugin ls --filter color=red
  equal "$(other plugin inspect -f '{{.Kind}} {{.Version}} {{.Scope}} {{json .Capabilities}} {{json .Volumes}}' folders)" \
    'executable 1.0 local ["volume","authorization"] ["data","strange"]'
  refused any plugin inspect nothing
  says "nothing" "not found"
  other info | grep -q '^ Volume: local folders$'
  equal "$(other info -f '{{json .Plugins}}')" '{"Volume":["local","folders"],"Authorization":[]}'
  for verb in install enable rm; do
    refused any plugin "$verb" thing
    says "plugin $verb" "/etc/wherry/plugins"
  done
}

@test "a plugin that others could change, or that is none, is refused by name" {
  program folders
  program taken
  second_daemon
  chown 65534 "$scratch/plugins/folders"
  refused any volume create -d folders data
  says "plugin folders" "not root's" "chown"
  chown 0 "$scratch/plugins/folders"
  chmod 757 "$scratch/plugins/folders"
  refused any volume create -d folders data
  says "plugin folders" "others than root may write" "chmod"
  chmod 644 "$scratch/plugins/folders"
  refused any volume create -d folders data
  says "not executable"
  chmod 755 "$scratch/plugins/folders"
  chmod 777 "$scratch/plugins"
  refused any volume create -d folders data
  says "others than root may write to $scratch/plugins"
  chmod 755 "$scratch/plugins"
  equal "$(other volume create -d folders data)" data
  ln -s taken "$scratch/plugins/link"
  refused any volume create -d link data2
  says "plugin link" "no regular file"
  for name in nothing ../plugins/taken "$(printf 'a%.0s' {1..300})"; do
    refused any volume create -d "$name" data2
    says "volume plugin" "not found" "wherry plugin ls"
  done
  # The first folder wins.
  mv "$scratch/plugins/taken" "$scratch/more/folders"
  equal "$(other plugin inspect -f '{{.PluginReference}}' folders)" "$scratch/plugins/folders"
}

@test "a daemon that is killed with a mounted volume: the next one balances" {
  needs_containers
  program folders
  second_daemon
  image
  other run -d --name web -v data:/data --volume-driver folders "$IMG" sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null
  equal "$(users data)" 1
  kill_second
  equal "$(users data)" 1
  second_daemon
  # The container goes on, and so does what it has mounted.
  equal "$(other exec web sh -c 'echo on >/data/on; cat /data/on')" on
  equal "$(users data)" 1
  other rm -f web >/dev/null
  eventually 10 has_users data 0
  other volume rm data >/dev/null

  # One that ends while nobody is there.
  other run -d --name web -v data:/data --volume-driver folders "$IMG" sleep 2 >/dev/null
  kill_second
  sleep 2.5
  second_daemon
  eventually 15 has_users data 0
  other rm web >/dev/null
  other volume rm data >/dev/null
  equal "$(ls "$scratch/kept")" ""
}

@test "a plugin that is killed is started again, and what it was not told it is told later" {
  needs_containers
  program folders
  second_daemon
  image
  other run -d --name web -v data:/data --volume-driver folders "$IMG" sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null
  eventually 5 plugin_pid
  kill -KILL "$(plugin_pid)"
  eventually 5 other volume create -d folders second
  # Gone when the container ends: the container ends all the same.
  mv "$scratch/plugins/folders" "$scratch/away"
  other rm -f web >/dev/null
  equal "$(users data)" 1
  refused any volume rm data
  says "data" "not found" "put the plugin back"
  refused any run --rm -v data:/data "$IMG" true
  says "error while mounting volume 'data'" "folders" "not found"
  mv "$scratch/away" "$scratch/plugins/folders"
  other run --rm -v data:/data "$IMG" true
  equal "$(users data)" 0
  other volume rm data >/dev/null

  # Without its plugin a volume can be forgotten.
  mv "$scratch/plugins/folders" "$scratch/away"
  refused any volume rm second
  other volume rm -f second >/dev/null
  equal "$(other volume ls -q)" ""
  [ -d "$scratch/kept/second/data" ]
}

@test "a daemon that ends takes its programs along, and one that was killed leaves none" {
  program folders
  second_daemon
  other volume create -d folders data >/dev/null
  local pid
  pid=$(plugin_pid)
  kill -TERM "$second"
  eventually 10 refute process_lives "$second"
  eventually 5 refute process_lives "$pid"
  second_daemon
  other volume inspect data >/dev/null
  pid=$(plugin_pid)
  kill_second
  eventually 5 refute process_lives "$pid"
}

# bad NAME LINE: a plugin at fault; `volume create` fails in time, names it, and the daemon goes on.
bad() {
  local name=$1 began=$SECONDS
  script "$name" "$2"
  refused any volume create -d "$name" "of-$name"
  says "plugin $name"
  [ $((SECONDS - began)) -lt 12 ] || { echo "took $((SECONDS - began)) s"; return 1; }
  kill -0 "$second"
  equal "$(other volume ls -q)" ""
}

@test "plugins that hang, die, flood or send garbage fail by name, and the daemon goes on" {
  second_daemon
  bad hangs 'exec sleep 1000'
  says "does not answer"
  bad dies 'exit 3'
  bad garbage 'head -c 100000 /dev/urandom >&0; sleep 1'
  bad flood 'cat /dev/zero >&0'
  bad words 'echo hello >&0; sleep 1'
  bad stranger 'printf "\102\203\001" >&0; sleep 1'
  bad huge 'printf "\132\377\377\377\377" >&0; sleep 1'
  bad prints 'yes | head -c 1000000; exit 1'
  bad leaves 'exit 0'
  printf '#!/nonexistent/interpreter\n' >"$scratch/plugins/noexec"
  chmod 755 "$scratch/plugins/noexec"
  refused any volume create -d noexec data
  says "plugin noexec" "start"
  # Nobody listens there.
  "$PYTHON" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$scratch/plugins/deaf.socket"
  chmod 600 "$scratch/plugins/deaf.socket"
  refused any volume create -d deaf data
  says "plugin deaf" "refused" "service"
  # Each of them is listed, with what is wrong.
  equal "$(other plugin ls -q --filter enabled=true)" ""
  equal "$(other plugin ls --format '{{.Enabled}}' | sort -u)" false
  other plugin inspect -f '{{.Problem}}' dies | grep -q "plugin dies"
  # None is left running.
  eventually 10 refute pgrep -P "$second"
}

# slow NAME METHOD: the sample, which goes to sleep in one of its methods.
slow() {
  "$PYTHON" - "$SAMPLE" "$2" >"$scratch/$1.py" <<'END'
import sys
text, method = open(sys.argv[1]).read(), f"    def {sys.argv[2]}(self, params):\n"
assert method in text
print(text.replace(method, method + "        import time; time.sleep(1000)\n"))
END
  rm -f "$scratch/plugins/$1"
  script "$1" "FOLDERS_ROOT=$scratch/kept exec $PYTHON $scratch/$1.py"
}

@test "a plugin that goes to sleep over a call is ended, and the next call has a new one" {
  slow sleepy get
  second_daemon
  other volume create -d sleepy data >/dev/null
  local pid
  pid=$(pgrep -f "$scratch/sleepy.py" -P "$second")
  other volume inspect -f '{{.Status.Error}}' data | grep "plugin sleepy" | grep -q "does not answer in time"
  eventually 5 refute process_lives "$pid"
  eventually 5 other volume create -d sleepy data2
  [ "$(pgrep -f "$scratch/sleepy.py" -P "$second")" != "$pid" ]
}

@test "a driver that gives a path which is none, or fails, fails the start" {
  cp "$SAMPLE" "$scratch/folders.py"
  sed -i 's|return {1: self.path(params\[1\], "data")}|return {1: os.environ["GIVEN"]}|' "$scratch/folders.py"
  second_daemon
  image
  local path
  for path in relative / /nonexistent/folder /srv/../etc "$scratch/daemon.json"; do
    rm -f "$scratch/plugins/odd"
    script odd "GIVEN=$path FOLDERS_ROOT=$scratch/kept exec $PYTHON $scratch/folders.py"
    refused any run --rm --volume-driver odd -v data:/data "$IMG" true
    says "error while mounting volume 'data'" "plugin odd"
    equal "$(users data)" 0
  done
  refute grep -q "$scratch/state/volumes" /proc/self/mountinfo
  other volume rm data >/dev/null
}

@test "an authorization plugin allows and denies" {
  needs_containers
  program folders
  settings '{"authorization-plugins": ["folders"]}'
  second_daemon
  image
  equal "$(other run --rm "$IMG" echo allowed)" allowed
  refused any run --rm --privileged "$IMG" true
  says "authorization denied by plugin folders" "privileged"
  refused any run --rm -v /etc:/etc "$IMG" true
  says "bind:/etc"
  refused any create --mount type=bind,source=/etc/ssl,target=/x "$IMG"
  says "bind:/etc/ssl"
  other run -d --name box "$IMG" sleep 1000 >/dev/null
  refused any exec --privileged box true
  says "authorization denied by plugin folders"
  equal "$(other exec box echo in)" in
  equal "$(other ps -aq | wc -l)" 1
  other info | grep -q '^ Authorization: folders$'
}

# refute_words WORD…: `ps` is refused with these words.
refute_words() { refused any ps && says "$@"; }

@test "without its authorization plugin nothing is allowed" {
  settings '{"authorization-plugins": ["guard"]}'
  second_daemon
  refused any ps
  says "container-list is not allowed" 'plugin "guard" not found' "cannot be asked" "daemon.json"
  refused any version
  program guard
  eventually 5 other ps
  # It hangs, before or after it has said what it is.
  rm "$scratch/plugins/guard"
  script guard 'exec sleep 1000'
  refused any ps
  says "guard" "does not answer"
  slow guard authorize
  eventually 5 refute_words "guard" "does not answer in time"
  rm "$scratch/plugins/guard"
  program guard
  eventually 10 other ps
  # It has no say.
  rm "$scratch/plugins/guard"
  sed 's/2: \[VOLUME, AUTHORIZATION\]/2: [VOLUME]/' "$SAMPLE" >"$scratch/folders.py"
  script guard "exec $PYTHON $scratch/folders.py"
  refused any ps
  says "guard" "does no authorization"
  kill "$second"
  eventually 10 refute process_lives "$second"
  # A name that is none stops the daemon at once.
  settings '{"authorization-plugins": ["../guard"]}'
  run wherry daemon --config "$scratch/daemon.json" --state "$scratch/state" --run "$scratch/run" --supervisor conmon
  [ "$status" -eq 1 ]
  [[ "$output" == *"authorization-plugins"* ]]
}
