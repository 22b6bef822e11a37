# Completion of words in a real shell.
load ../lib/common

# type_tab LINE: what bash offers at the end of LINE, one a line.
type_tab() {
  bash --norc --noprofile -c '
    source <(wherry completion bash)
    COMP_LINE=$1 COMP_POINT=${#1}
    _wherry
    printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}

@test "bash completes verbs, groups and what is in them" {
  run -0 type_tab "wherry re"
  equal "$output" $'registry\nrename\nrestart'
  run -0 type_tab "wherry "
  for verb in run ps network volume daemon; do grep -qx "$verb" <<<"$output" || { echo "no $verb: $output"; return 1; }; done
  run -0 type_tab "wherry network co"
  equal "$output" connect
}

@test "bash completes flags, and values of some" {
  run -0 type_tab "wherry run --restar"
  equal "$output" --restart
  run -0 type_tab "wherry ps --no-"
  equal "$output" --no-trunc
  run -0 type_tab "wherry run --restart=un"
  equal "$output" unless-stopped
}

@test "bash completes names that the daemon knows" {
  sleeper tab-running
  wherry create --name tab-idle "$IMG" true
  wherry network create tab-net
  wherry volume create tab-volume
  run -0 type_tab "wherry rm tab-"
  equal "$output" $'tab-idle\ntab-running'
  run -0 type_tab "wherry stop tab-"
  equal "$output" tab-running
  run -0 type_tab "wherry network inspect tab-"
  equal "$output" tab-net
  run -0 type_tab "wherry run --network=tab-"
  equal "$output" tab-net
  run -0 type_tab "wherry volume rm tab-"
  equal "$output" tab-volume
  wherry tag "$IMG" tab-image:one
  # bash has cut the word at the colon and wants the rest.
  run -0 type_tab "wherry rmi tab-image:"
  equal "$output" one
  wherry rmi tab-image:one
  wherry rm -f tab-idle tab-running
  wherry network rm tab-net
  wherry volume rm tab-volume
}

@test "an interactive bash replaces the word at the cursor" {
  wherry create --name tab-alone "$IMG" true
  run -0 "$PYTHON" - <<'PY'
import os, pty, select, time
pid, terminal = pty.fork()
if pid == 0:
    os.environ["PS1"] = "ready> "
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
unread = b""
def step(keys, wanted, limit=60):
    """Types keys and returns what was shown up to wanted. What one read brings beyond it is the next step's."""
    global unread
    os.write(terminal, keys)
    deadline = time.monotonic() + limit
    while wanted not in unread and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            unread += os.read(terminal, 4096)
    print(unread.decode(errors="replace"), flush=True)
    assert wanted in unread
    shown, _, unread = unread.partition(wanted)
    return shown
step(b"", b"ready> ")
step(b"source <(wherry completion bash); echo loa''ded\n", b"loaded")
step(b"", b"ready> ")
step(b"wherry rm tab-al\t", b"tab-alone ")
assert b"tab-alone" in step(b"\n", b"ready> ")
PY
  fails any inspect tab-alone
}

@test "without a daemon completion is quick and silent, and verbs are completed" {
  local begin=$SECONDS
  export WHERRY_HOST=unix://$scratch/nobody.sock
  run -0 --separate-stderr type_tab "wherry rm x"
  equal "$output$stderr" ""
  run -0 type_tab "wherry re"
  equal "$output" $'registry\nrename\nrestart'
  [ $((SECONDS - begin)) -lt 10 ]
}

@test "zsh and fish get a script, another shell is refused" {
  run -0 wherry completion zsh
  [[ $output == '#compdef wherry'* ]]
  run -0 wherry completion fish
  grep -q '^complete -c wherry' <<<"$output"
  fails 1 completion tcsh
  says tcsh bash
}
