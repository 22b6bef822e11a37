# Docker's verbs and flags: each is taken, refused for a reason, or on the list of what is missing.
load ../lib/common

@test "every container verb and flag of docker's is supported, or has its reason" {
  command -v docker >/dev/null || skip "no docker client here to ask"
  run "$PYTHON" "$TOOLS/../../Tools/docker_table.py" wherry --output "$scratch/table.md"
  echo "$output"
  [ "$status" -eq 0 ]
  grep -q '^| run | `-p`, `--publish` |' "$scratch/table.md"
  grep -q '^| ls | `ps` | supported |' "$scratch/table.md"
  # The page of the documentation is this table, where the client is the one that made it.
  local page=$TOOLS/../../../Sources/WherryCommands/WherryCommands.docc/DockerTable.md
  if [ "$(sed -n 3p "$page")" = "$(sed -n 3p "$scratch/table.md")" ]; then
    diff "$page" "$scratch/table.md" || { echo "make it anew: docker_table.py wherry --output $page"; false; }
  fi
}

@test "--cidfile gets the ID, and an old one is left alone" {
  run -0 wherry run -d --cidfile "$scratch/id" "$IMG" sleep 1000
  equal "$(cat "$scratch/id")" "$output"
  fails 125 run --rm --cidfile "$scratch/id" "$IMG" true
  says 'container ID file found'
  run -0 wherry create --cidfile "$scratch/id2" "$IMG" true
  equal "$(cat "$scratch/id2")" "$output"
  run -0 wherry run --name box --cidfile "$scratch/id3" "$IMG" true
  equal "$(cat "$scratch/id3")" "$(wherry inspect -f '{{.Id}}' box)"
}

@test "--attach chooses streams" {
  run -0 --separate-stderr wherry run --rm -a stdout "$IMG" sh -c 'echo out; echo err >&2'
  equal "$output$stderr" out
  run -0 --separate-stderr wherry run --rm -a STDERR "$IMG" sh -c 'echo out; echo err >&2'
  equal "$output$stderr" err
  equal "$(echo in | wherry run --rm -i -a stdin -a stdout "$IMG" cat)" in
  equal "$(echo in | wherry run --rm -i -a stdout "$IMG" cat </dev/null)" ""
  fails 125 run --rm -d -a stdout "$IMG" true
  fails 125 run --rm -a all "$IMG" true
  says 'valid streams'
}

@test "--domainname is the kernel's domain name in there" {
  run -0 wherry run --name box --domainname example.org "$IMG" cat /proc/sys/kernel/domainname
  equal "$output" example.org
  equal "$(wherry inspect -f '{{.Config.Domainname}}' box)" example.org
  fails 125 run --rm --uts host --domainname example.org "$IMG" true
}

@test "sizes of containers in ps and inspect" {
  wherry run --name box "$IMG" sh -c 'dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null'
  run -0 wherry ps -as --filter name=box --format '{{.Size}}'
  grep -qE '^3\.[0-9]+MB \(virtual [0-9.]+MB\)$' <<<"$output"
  run -0 wherry ps -as
  grep -qE ' SIZE *$' <<<"${lines[0]}"
  run -0 wherry inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' box
  [ "${output% *}" -ge 3145728 ]
  [ "${output#* }" -gt "${output% *}" ]
  equal "$(wherry inspect box | jq '.[0].SizeRw')" null
}

@test "top takes ps's columns, stats -a those that do not run" {
  sleeper box
  wherry create --name idle "$IMG" true >/dev/null
  run -0 wherry top box -eo pid,comm
  equal "$(head -1 <<<"$output" | tr -s ' ')" 'PID COMMAND'
  grep -qE "^$(pid_of box) +sh$" <<<"$output"
  fails 1 top box aux
  says aux
  run -0 wherry stats --no-stream -a --format '{{.Name}}'
  equal "$(sort <<<"$output" | paste -sd' ')" "box idle"
  run -0 wherry stats --no-stream --format '{{.Name}}'
  equal "$output" box
}
