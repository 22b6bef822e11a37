# --requires: one container stands on others.
load ../lib/common

started_before() {
  local first second
  first=$(wherry inspect -f '{{.State.StartedAt}}' "$1")
  second=$(wherry inspect -f '{{.State.StartedAt}}' "$2")
  [[ "$first" < "$second" ]] || { echo "$1 started at $first, $2 at $second"; return 1; }
}

@test "what a container requires is started first, and what that requires before it" {
  wherry create --name base "$IMG" sleep 1000
  wherry create --name middle --requires base "$IMG" sleep 1000
  wherry create --name top --requires middle,base "$IMG" sleep 1000
  wherry start top
  equal "$(state_of base)" running
  equal "$(state_of middle)" running
  equal "$(state_of top)" running
  started_before base middle
  started_before middle top
  equal "$(wherry inspect -f '{{json .Requires}}' top)" '["middle","base"]'
  wherry why top | grep -qx 'requires: middle, base'
}

@test "a requirement that is missing, fails or leads in a circle is refused" {
  fails 125 run -d --name top --requires nobody "$IMG" sleep 1000
  says nobody
  wherry create --name bad "$IMG" /no/such/program
  wherry create --name top --requires bad "$IMG" sleep 1000
  fails 1 start top
  says 'requires bad'
  equal "$(state_of top)" created
  wherry rm bad
  fails 1 start top
  says bad
  fails any create --name bad --requires top "$IMG" true
  says 'bad -> top -> bad'
  fails any create --name self --requires self "$IMG" true
  says 'itself'
}

@test "a container that another requires can be restarted, and stopped and started again" {
  sleeper base
  sleeper user --requires base
  wherry restart -t 1 base
  equal "$(state_of base)" running
  wherry stop -t 1 base
  wherry start base
  equal "$(state_of base)" running
  equal "$(state_of user)" running
  equal "$(wherry exec user echo well)" well
  wherry restart -t 1 user
  equal "$(state_of user)" running
}
