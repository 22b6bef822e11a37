# The command line itself, version and info.
load ../lib/common

@test "version names the version, the protocol, the runtime and the supervisor" {
  run -0 wherry version
  echo "$output"
  grep -qiE 'version:? +[0-9]+\.[0-9]+' <<<"$output"
  grep -qiE 'crun|runc' <<<"$output"
  grep -qiE 'systemd|conmon' <<<"$output"
}

@test "info counts containers and images" {
  sleeper counted
  run -0 wherry info
  echo "$output"
  grep -qiE 'containers:? +1' <<<"$output"
  grep -qiE 'images:? +[1-9]' <<<"$output"
  grep -q "$STATE" <<<"$output"
}

@test "help lists the verbs" {
  run -0 wherry --help
  for verb in run create start stop restart kill rm wait ps inspect logs exec pull images rmi import version info; do
    grep -qw "$verb" <<<"$output" || { echo "no $verb"; return 1; }
  done
}

@test "every verb has help" {
  for verb in run create start stop restart kill rm wait ps inspect logs exec pull images image import rmi version \
    info daemon; do
    run -0 wherry $verb --help
    [ -n "$output" ]
  done
}

@test "an unknown verb and an unknown flag are refused" {
  fails any frobnicate
  fails any ps --frobnicate
}

@test "a daemon that is not there is named, with what to do about it" {
  fails any -H "unix://$scratch/nobody.sock" ps
  says "$scratch/nobody.sock"
}

@test "--host wins over WHERRY_HOST" {
  local real=${WHERRY_HOST:-unix:///run/wherry/wherry.sock}
  WHERRY_HOST=unix://$scratch/nobody.sock fails any ps
  WHERRY_HOST=unix://$scratch/nobody.sock run -0 wherry --host "$real" ps
}
