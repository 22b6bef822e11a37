# Boots that go wrong in the ways of devices in the field.
load common

@test "a clock that says 1970: containers come back, and go on when the clock is set" {
  boot
  import_image
  w run -d --name web --restart always box:local sh -c "$sleeps"
  off
  WHERRY_VM_OPTIONS="-rtc base=1970-01-01T00:00:00" boot
  g systemctl is-system-running --wait || true
  echo "# the machine's clock: $(g date -u)" >&3
  [ "$(g date +%s)" -lt "$(date +%s)" ]
  equal "$(state_of web)" running
  w run -d --name new --restart always box:local sh -c "$sleeps"
  equal "$(w exec new echo reached)" reached
  run w system check
  echo "$output"
  equal "$status" 0
  # Time comes from the network.
  g date -s "@$(date +%s)"
  echo "# ps after the clock was set: $(w ps --format '{{.Names}} {{.Status}}' | tr '\n' ';')" >&3
  equal "$(states web new)" "running running "
  w restart -t 2 new
  w stop -t 2 web
  equal "$(states web new)" "exited running "
  equal "$(w inspect -f '{{.State.ExitCode}}' web)" 0
  [ "$(w logs new | grep -c begun)" -eq 2 ]
}

@test "a network that comes late: containers do not wait for it" {
  boot
  import_image
  w run -d --name alone --restart always --network none box:local sh -c "$sleeps"
  w run -d --name bridged --restart always -p 8080:80 box:local sh -c "$sleeps"
  w run -d --name hosted --restart always --network host box:local sh -c "$sleeps"
  off
  WHERRY_VM_KERNEL_OPTIONS="tests.network-after=25" boot
  g systemctl is-system-running --wait || true
  equal "$(states alone bridged hosted)" "running running running "
  # Each was up before the network was: that is when the address came.
  local network started
  network=$(g systemctl show -p ExecMainExitTimestampMonotonic --value test-late-network.service)
  started=$(g sh -c 'for i in $(wherry ps -q --no-trunc); do systemctl show -p ActiveEnterTimestampMonotonic --value wherry-$i.service; done')
  echo "# network after $((network / 1000)) ms, containers after $(for s in $started; do echo -n "$((s / 1000)) "; done)ms" >&3
  for s in $started; do [ "$s" -lt "$network" ]; done
}

@test "a /var that cannot be written: what is refused says so, and the next boot has everything" {
  boot
  import_image
  w run -d --name web --restart always box:local sh -c "$sleeps"
  w create --name kept box:local true
  g sh -c 'printf "[Unit]\nDefaultDependencies=no\nBefore=local-fs.target systemd-journald.service\nAfter=systemd-remount-fs.service\nConditionKernelCommandLine=tests.readonly-var\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=mount --bind /var /var\nExecStart=mount -o remount,bind,ro /var\n" >/etc/systemd/system/test-readonly-var.service
    ln -s /etc/systemd/system/test-readonly-var.service /etc/systemd/system/local-fs.target.wants/ || {
      mkdir -p /etc/systemd/system/local-fs.target.wants; ln -s /etc/systemd/system/test-readonly-var.service /etc/systemd/system/local-fs.target.wants/; }'
  off
  WHERRY_VM_KERNEL_OPTIONS=tests.readonly-var boot
  g systemctl is-system-running --wait || true
  refuse=$(g sh -c 'touch /var/lib/x 2>&1') || true
  [[ "$refuse" == *"Read-only file system"* ]]
  # What is there is shown.
  run w ps -a --format '{{.Names}} {{.Status}}'
  echo "$output" | sed 's/^/# ps: /' >&3
  equal "$status" 0
  [[ "$output" == *web* && "$output" == *kept* ]]
  # And what cannot be done says why.
  for command in "create --name new box:local true" "start kept" "rm kept"; do
    run w $command
    echo "# $command: exit $status: $output" >&3
    [ "$status" -ne 0 ]
    [[ "$output" == *[Rr]ead-only* ]]
  done
  run w why web
  echo "$output" | sed 's/^/# why web: /' >&3
  off
  boot
  g systemctl is-system-running --wait || true
  equal "$(states web kept)" "running created "
  w start kept
  run w system check
  echo "$output"
  equal "$status" 0
}

@test "a full disk: containers come back, space can be made, nothing is lost" {
  boot
  import_image
  w run -d --name web --restart always box:local sh -c "$sleeps"
  w create --name kept box:local true
  w create --name spare box:local true
  g sh -c 'fallocate -l 16G /filler 2>/dev/null; dd if=/dev/zero of=/filler2 bs=1M 2>/dev/null; dd if=/dev/zero of=/filler3 bs=512 2>/dev/null; sync; df -k / | tail -1' | sed 's/^/# /' >&3
  off
  boot
  g systemctl is-system-running --wait || true
  g sh -c 'dd if=/dev/zero of=/filler4 bs=512 2>/dev/null; df -k / | tail -1' | sed 's/^/# /' >&3
  equal "$(states web kept spare)" "running created created "
  run w create --name new box:local true
  echo "# create: exit $status: $output" >&3
  if [ "$status" -ne 0 ]; then [[ "$output" == *"o space left"* || "$output" == *full* ]]; fi
  # What makes space works at any time.
  w stop -t 2 web
  w rm spare
  g rm -f /filler /filler2 /filler3 /filler4
  w start web kept
  run w system check
  echo "$output"
  equal "$status" 0
  run w ps -a --format '{{.Names}}'
  [[ "$output" == *web* && "$output" == *kept* && "$output" != *spare* ]]
}
