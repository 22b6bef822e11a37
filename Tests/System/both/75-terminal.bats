# Terminals: run -it, exec -it, attach, detach keys, window sizes. Typed at a real pseudo-terminal.
load ../lib/common

at() { # [SIZE] -- COMMAND…, steps on standard input
  python3 "$TOOLS/at_terminal.py" "$@"
}

@test "run -it gives a shell: a terminal of its own, its size and its changes, the exit code" {
  at 24x80 -- wherry run --rm -it --name box "$IMG" sh <<'EOT'
prompt
type tty; stty size; echo $TERM\r
expect /dev/pts/0
expect 24 80
expect xterm
prompt
resize 40x100
type until [ "$(stty size)" = "40 100" ]; do sleep 0.1; done; echo resi""zed\r
expect resized
prompt
type exit 7\r
exit 7
EOT
  refute wherry inspect box
}

@test "ctrl-C is for the process and not for us" {
  at -- wherry run --rm -it "$IMG" sh -c 'trap "echo caught it" INT; echo ready; read x; echo left' <<'EOT'
expect ready
type \x03
expect caught it
type \r
expect left
exit 0
EOT
}

@test "the detach keys leave, attach comes back, and the shell is where it was" {
  at -- wherry run -it --name box "$IMG" sh <<'EOT'
prompt
type X=remem; Y=bered\r
prompt
type \x10\x11
expect read escape sequence
exit 0
EOT
  equal "$(wherry inspect -f '{{.State.Status}}' box)" running
  at 30x90 -- wherry attach box <<'EOT'
type echo $X$Y\r
expect remembered
prompt
type until [ "$(stty size)" = "30 90" ]; do sleep 0.1; done; echo resi""zed\r
expect resized
prompt
type exit 3\r
exit 3
EOT
}

@test "other detach keys, and those of the default are typed" {
  wherry run -dit --name box "$IMG" cat
  at -- wherry attach --detach-keys ctrl-a,d box <<'EOT'
type \x10x\r
expect x
type \x01d
expect read escape sequence
exit 0
EOT
  fails 125 attach --detach-keys ctrl-1 box
  says 'invalid detach keys'
}

@test "several clients share one terminal" {
  wherry run -dit --name box "$IMG" sh
  at -- wherry attach box <<'EOT' >"$scratch/watcher" &
expect typed-by-the-other
type \x10\x11
exit 0
EOT
  sleep 1
  at -- wherry attach box <<'EOT'
type echo typed-by-the-""other\r
expect typed-by-the-other
type \x10\x11
exit 0
EOT
  wait $!
}

@test "exec -it: a terminal, its size, its changes, ctrl-C, the exit code" {
  sleeper box
  at 24x80 -- wherry exec -it box sh <<'EOT'
prompt
type tty; stty size\r
expect /dev/pts/
expect 24 80
prompt
resize 50x120
type until [ "$(stty size)" = "50 120" ]; do sleep 0.1; done; echo resi""zed\r
expect resized
prompt
type sleep 1000\r
pause 0.5
type \x03
prompt
type exit 9\r
exit 9
EOT
  # Without input: its output is a terminal's all the same.
  run -0 wherry exec -t box sh -c 'test -t 1 && echo terminal'
  equal "$output" $'terminal\r'
}

@test "an editor works: vi in exec -it" {
  sleeper box
  at 24x80 -- wherry exec -it box vi /tmp/letter <<'EOT'
expect ~
pause 0.3
type idear reader
pause 0.3
type \x1b
pause 0.5
type :wq\r
exit 0
EOT
  equal "$(wherry exec box cat /tmp/letter)" "dear reader"
}

@test "-it without a terminal here is refused, -t alone is not" {
  fails 1 run --rm -it "$IMG" true </dev/null
  says 'not a TTY'
  fails 1 exec -it none true </dev/null
  run -0 wherry run --rm -t "$IMG" echo hello
  equal "$output" $'hello\r'
}

@test "attach follows a container without standard input, and ends with it" {
  wherry run -d --name box "$IMG" sh -c 'i=0; while [ $i -lt 8 ]; do echo line; sleep 0.5; i=$((i+1)); done; exit 4'
  run -4 wherry attach box
  grep -q line <<<"$output"
  fails 1 attach box
  says 'not running' 'start --attach'
}

@test "start -a shows what it prints and gives its code, start -ai feeds it" {
  wherry create --name box "$IMG" sh -c 'echo out; echo err >&2; exit 6'
  run -6 --separate-stderr wherry start -a box
  equal "$output" out
  equal "$stderr" err
  wherry create -i --name reader "$IMG" cat
  run -0 wherry start -ai reader <<<"in and out"
  equal "$output" "in and out"
}

@test "a container with -d -i keeps its standard input when clients come and go" {
  wherry run -d -i --name box "$IMG" sh -c 'read a; read b; echo "$a-$b"'
  wherry attach box <<<one &
  sleep 1.5
  kill $! 2>/dev/null || true
  equal "$(wherry inspect -f '{{.State.Status}}' box)" running
  wherry attach box <<<two >"$scratch/out"
  grep -q one-two "$scratch/out"
}
