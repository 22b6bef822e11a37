# A reboot of a device with many containers.
load common

@test "ten containers: the right ones come back in order, a broken one holds nobody, and the boot does not wait" {
  boot
  import_image
  g mkdir -p /srv/goes
  w run -d --name plain box:local sh -c "$sleeps"
  w run -d --name database --restart unless-stopped box:local sh -c "$sleeps"
  w run -d --name web --restart always --requires database box:local sh -c "$sleeps"
  w run -d --name front --restart always --requires web box:local sh -c "$sleeps"
  w run -d --name broken --restart always --mount type=bind,source=/srv/goes,target=/data box:local sh -c "$sleeps"
  w run -d --name needs-broken --restart always --requires broken box:local sh -c "$sleeps"
  w run -d --name stopped --restart unless-stopped box:local sh -c "$sleeps"
  w run -d --name stopped-always --restart always box:local sh -c "$sleeps"
  w run -d --name failing --restart on-failure box:local sh -c "$sleeps"
  w create --name never-started --restart always box:local sh -c "$sleeps"
  w stop -t 5 stopped stopped-always
  g sh -c 'wherry rm -f nobody 2>/dev/null; rmdir /srv/goes; sync'
  off
  boot
  g systemctl is-system-running --wait || true
  equal "$(states plain database web front stopped stopped-always never-started)" \
    "exited running running running exited running created "
  [ "$(state_of broken)" != running ]
  [ "$(state_of needs-broken)" != running ]
  # A shutdown ends a container in order: it did not fail, so its policy does not bring it back.
  echo "# on-failure after a reboot: $(w ps -a --filter name=failing --format '{{.Status}}')" >&3
  local started
  started=$(w inspect -f '{{.State.StartedAt}}' database web front)
  equal "$started" "$(sort <<<"$started")"
  run w why broken
  echo "$output" | sed 's/^/# /' >&3
  [[ "$output" == *"/srv/goes"* ]]
  run w why needs-broken
  echo "$output" | sed 's/^/# /' >&3
  [[ "$output" == *broken* ]]
  g systemd-analyze | sed 's/^/# /' >&3
  g sh -c 'systemd-analyze blame | grep -E "wherry|^ *[0-9.]+s" | head -8' | sed 's/^/# /' >&3
  run g systemd-analyze critical-chain multi-user.target --no-pager
  sed 's/^/# /' <<<"$output" >&3
  [[ "$output" != *wherry-restore* ]]
}
