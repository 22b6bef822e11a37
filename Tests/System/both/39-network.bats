# Networks with real traffic: between containers, from the device, and out of it. On the bare machine the engine's
# interfaces and its table have names of their own, made from its run directory; everything else of the machine's
# network must be after the tests what it was before.

load ../lib/common

setup_file() {
  . "$BATS_TEST_DIRNAME/../lib/common.bash"
  # On the device's outside: an address that is no loopback.
  network_facts >"$SUITE/network-before"
}

teardown_file() {
  . "$BATS_TEST_DIRNAME/../lib/common.bash"
  remove_all_containers
  wherry network prune -f >/dev/null
}

teardown() {
  if [ -f "$scratch/resolv.conf" ]; then cat "$scratch/resolv.conf" >/etc/resolv.conf; fi
  if [ -f "$scratch/servers" ]; then kill $(cat "$scratch/servers") 2>/dev/null || true; fi
  remove_all_containers
  wherry network prune -f >/dev/null || true
  rm -rf --one-file-system "$scratch"
}

# Links, addresses, routes, rules and forwarding, without what changes by itself.
network_facts() {
  ip -o link show | sed -E 's/^[0-9]+: //; s/@.*//; s/:.*//' | sort
  ip -o addr show scope global | awk '{ print $2, $3, $4 }' | sort
  ip route show table main | sort
  nft list ruleset 2>/dev/null | grep '^table' || true
  sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding
}

address() { wherry inspect -f '{{(index .NetworkSettings.Networks "'"${2:-bridge}"'").IPAddress}}' "$1"; }
address6() { wherry inspect -f '{{(index .NetworkSettings.Networks "'"$2"'").GlobalIPv6Address}}' "$1"; }

# A container that answers on a port with its own name: web NAME PORT [FLAG…]
web() {
  local name=$1 port=$2
  shift 2
  wherry run -d --name "$name" "$@" "$IMG" sh -c "
    mkdir -p /www; echo $name >/www/index.html; exec httpd -f -p $port -h /www" >/dev/null
  eventually 5 has_state "$name" running
}

# What a web server says, by bash alone: fetch HOST PORT
fetch() {
  timeout 3 bash -c 'exec 7<>"/dev/tcp/$1/$2" && printf "GET /index.html HTTP/1.0\r\n\r\n" >&7 && tail -1 <&7' _ "$1" "$2" 2>/dev/null
}
says_name() { [ "$(fetch "$1" "$2")" = "$3" ]; }
# From inside: from NAME HOST PORT
from() { wherry exec "$1" sh -c "printf 'GET /index.html HTTP/1.0\r\n\r\n' | nc -w 2 $2 $3 | tail -1"; }
# An address of the device's that is none of Wherry's and no loopback.
outside() {
  local found
  found=$(ip -4 -o addr show scope global | awk '$2 !~ /^wh|^wherry/ { split($4, a, "/"); print a[1]; exit }')
  [ -n "$found" ] || skip "the machine has no address but loopback"
  echo "$found"
}

@test "a container is on the bridge by default, with address, route and gateway" {
  sleeper box
  local gateway
  gateway=$(wherry network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)
  run -0 wherry inspect -f '{{.NetworkSettings.Gateway}} {{.NetworkSettings.IPPrefixLen}} {{.HostConfig.NetworkMode}}' box
  equal "$output" "$gateway 20 bridge"
  run -0 wherry exec box ip -4 -o addr show eth0
  [[ "$output" == *"$(address box)/20"* ]]
  run -0 wherry exec box ip route
  [[ "$output" == *"default via $gateway dev eth0"* ]]
  run -0 wherry exec box cat /etc/hosts
  [[ "$output" == *"$(address box)"* ]]
  run -0 wherry exec box ping -c 1 -W 2 "$gateway"
  ping_works() { wherry exec box ping -c 1 -W 2 "$1" >/dev/null; }
  sleeper other
  eventually 3 ping_works "$(address other)"
}

@test "a published port is reached from the device, by loopback and by its own address, and from the container itself" {
  local port outside
  port=$(free_port)
  web one 80 -p "$port:80"
  eventually 5 says_name 127.0.0.1 "$port" one
  gateway=$(wherry network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)
  eventually 3 says_name "$gateway" "$port" one
  eventually 3 says_name "$(address one)" 80 one
  # Hairpin: to itself by the device's address, and from a neighbour.
  run -0 from one "$gateway" "$port"
  equal "$output" one
  sleeper other
  run -0 from other "$gateway" "$port"
  equal "$output" one
  run -0 wherry port one
  equal "${lines[0]}" "80/tcp -> 0.0.0.0:$port"
  run -0 wherry port one 80
  equal "$output" "0.0.0.0:$port"
  run -0 wherry ps --format '{{.Ports}}' --filter name=one
  equal "$output" "0.0.0.0:$port->80/tcp"
  run -0 wherry inspect -f '{{json .NetworkSettings.Ports}} {{json .HostConfig.PortBindings}}' one
  equal "$output" "{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"$port\"}]} {\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"$port\"}]}"
  wherry rm -f one
  refute fetch 127.0.0.1 "$port"
}

@test "a port bound to loopback is not reached by another address of the device" {
  local port
  port=$(free_port)
  web one 80 -p "127.0.0.1:$port:80"
  eventually 5 says_name 127.0.0.1 "$port" one
  refute fetch "$(wherry network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)" "$port"
  sleeper other
  # And no container gets at the device's loopback through the bridge.
  equal "$(from other 127.0.0.1 "$port" 2>/dev/null)" ""
}

@test "UDP, ranges, free ports and exposed ones" {
  local port
  port=$(free_port)
  # busybox's nc has no UDP: Python answers, in the container's network.
  sleeper udp -p "$port:9000/udp"
  nsenter --net="$(wherry inspect -f '{{.NetworkSettings.SandboxKey}}' udp)" "$PYTHON" -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9000))
s.settimeout(20)
while True:
    data, peer = s.recvfrom(100)
    s.sendto(b"udp " + data, peer)' 3>&- 4>&- &
  local server=$!
  answers() {
    "$PYTHON" -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.sendto(b"hello", ("127.0.0.1", int(sys.argv[1])))
sys.exit(s.recv(100) != b"udp hello")' "$port" 2>/dev/null
  }
  eventually 5 answers
  kill "$server"
  web many 8081 -P --expose 8080-8081 --expose 53/udp
  run -0 wherry port many 8081
  eventually 5 says_name 127.0.0.1 "${output##*:}" many
  run -0 wherry port many
  [ ${#lines[@]} -eq 3 ]
  web two 80 -p 80
  run -0 wherry port two 80/tcp
  eventually 5 says_name 127.0.0.1 "${output##*:}" two
}

@test "a port that is taken is refused with the name of who has it" {
  local port
  port=$(free_port)
  web one 80 -p "$port:80"
  fails 125 run -d --name two -p "$port:80" "$IMG" true
  says "port is already allocated" "container one"
  equal "$(state_of two)" created
  port=$(free_port)
  "$PYTHON" -c "import socket, time; s = socket.socket(); s.bind(('0.0.0.0', $port)); s.listen(); time.sleep(60)" 3>&- 4>&- &
  local holder=$!
  eventually 5 reachable_port "$port"
  fails 125 run -d --name three -p "$port:80" "$IMG" true
  kill "$holder"
  says "already allocated" "process $holder"
}
reachable_port() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

@test "the network outlives restarts: address, namespace and port stay" {
  local port before
  port=$(free_port)
  web one 80 -p "$port:80" --restart always
  eventually 5 says_name 127.0.0.1 "$port" one
  before=$(address one)
  path=$(wherry inspect -f '{{.NetworkSettings.SandboxKey}}' one)
  inode=$(stat -L -c %i "$path")
  wherry restart -t 0 one
  eventually 5 says_name 127.0.0.1 "$port" one
  equal "$(address one) $(stat -L -c %i "$path")" "$before $inode"
  # By its policy, too.
  kill -KILL "$(pid_of one)"
  eventually 10 says_name 127.0.0.1 "$port" one
  equal "$(address one) $(stat -L -c %i "$path")" "$before $inode"
  wherry stop -t 0 one
  [ ! -e "$path" ]
  equal "$(address one)" ""
  wherry start one
  equal "$(address one)" "$before"
}

@test "containers of a user-defined network find each other by name and alias, in both families" {
  wherry network create app >/dev/null
  web db 80 --network app --network-alias store
  sleeper client --network app
  run -0 from client db 80
  equal "$output" db
  run -0 from client store 80
  equal "$output" db
  run -0 wherry exec client cat /etc/resolv.conf
  [[ "$output" == *"nameserver $(wherry network inspect -f '{{(index .IPAM.Config 0).Gateway}}' app)"* ]]
  run -0 wherry exec client ping -6 -c 1 -W 2 "$(address6 db app)"
  wherry rename db base
  named_base() { [ "$(from client base 80)" = db ]; }
  eventually 5 named_base
  # The name server runs while somebody needs it, and no longer.
  pgrep -x aardvark-dns >/dev/null
  wherry rm -f base client
  no_name_server() { ! pgrep -x aardvark-dns >/dev/null; }
  eventually 5 no_name_server
}

@test "--dns is asked on a user-defined network, after its own names" {
  wherry network create app >/dev/null
  web db 80 --network app
  # A server of the device's, which says whom it was asked for.
  gateway=$(wherry network inspect -f '{{(index .IPAM.Config 0).Gateway}}' app)
  "$PYTHON" -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.79", 53))
s.settimeout(20)
while True:
    asked, peer = s.recvfrom(512)
    end = asked.index(0, 12) + 5
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x0a\7\7\7"
    a = asked[end - 4:end - 2] == b"\0\1"
    head = asked[:2] + b"\x81\x80\0\1\0" + (b"\1" if a else b"\0") + b"\0\0\0\0"
    s.sendto(head + asked[12:end] + (answer if a else b""), peer)' 3>&- 4>&- &
  local server=$!
  sleeper client --network app --dns 127.0.0.79
  asked() { wherry exec client nslookup -type=a asked.example 2>&1 | grep -q 10.7.7.7; }
  eventually 5 asked
  run -0 from client db 80
  equal "$output" db
  kill "$server"
  fails 1 network create aardvark.pid
}

@test "networks are kept apart" {
  wherry network create left >/dev/null
  wherry network create right >/dev/null
  web one 80 --network left
  web plain 80
  sleeper two --network right
  equal "$(from two "$(address one left)" 80)" ""
  equal "$(from two "$(address plain)" 80)" ""
  wherry network connect left two
  run -0 from two "$(address one left)" 80
  equal "$output" one
  wherry network disconnect left two
  equal "$(from two "$(address one left)" 80)" ""
  run -0 wherry inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}' two
  equal "$output" "right "
  # What is left keeps its interface over a restart, and takes another.
  wherry network connect left two
  wherry network disconnect right two
  wherry restart -t 0 two
  run -0 from two "$(address one left)" 80
  equal "$output" one
  daemon_kill
  daemon_start
  wherry network connect right two
  run -0 wherry exec two sh -c 'cd /sys/class/net && echo *'
  equal "$output" "eth0 eth1 lo"
}

@test "an internal network has no way out" {
  wherry network create --internal cut >/dev/null
  sleeper in --network cut
  run -0 wherry exec in ip route
  [[ "$output" != *default* ]]
  web other 80
  equal "$(from in "$(address other)" 80)" ""
  web peer 80 --network cut
  run -0 from in "$(address peer cut)" 80
  equal "$output" peer
}

@test "network create, ls, inspect, rm and prune as docker's" {
  run -0 wherry network create --subnet 10.231.7.0/24 --gateway 10.231.7.9 --ip-range 10.231.7.128/25 --label a=b \
    -o com.docker.network.driver.mtu=1400 --ipv6=false mine
  local id=$output
  [ ${#id} -eq 64 ]
  run -0 wherry network inspect -f '{{.Name}} {{.Driver}} {{.EnableIPv6}} {{json .IPAM.Config}} {{json .Labels}}' mine
  equal "$output" 'mine bridge false [{"Subnet":"10.231.7.0/24","IPRange":"10.231.7.128/25","Gateway":"10.231.7.9"}] {"a":"b"}'
  run -0 wherry network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
  [[ "$output" == *"bridge bridge local"* && "$output" == *"host host local"* && "$output" == *"none null local"* ]]
  run -0 wherry network ls -q --filter name=mine
  equal "$output" "${id:0:12}"
  sleeper box --network mine --mac-address 02:00:00:00:00:77
  equal "$(address box mine)" 10.231.7.128
  run -0 wherry exec box sh -c 'cat /sys/class/net/eth0/mtu /sys/class/net/eth0/address'
  equal "${lines[*]}" "1400 02:00:00:00:00:77"
  fails 1 network rm mine
  says box "in use"
  fails 1 network create mine
  says "already exists"
  fails 1 network create --subnet 10.231.7.0/26 yours
  says overlaps mine
  fails 1 network rm bridge
  says pre-defined
  fails 125 run --rm --network mine --ip 10.231.7.128 "$IMG" true
  says 10.231.7.128 box
  wherry rm -f box
  run -0 wherry network prune -f
  equal "${lines[*]}" "Deleted Networks: mine"
  fails 1 network inspect mine
}

@test "--network container shares everything of the other's" {
  web one 80
  run -0 wherry run --rm --network container:one "$IMG" sh -c "printf 'GET /index.html HTTP/1.0\r\n\r\n' | nc -w 2 127.0.0.1 80 | tail -1"
  equal "$output" one
  wherry stop -t 0 one
  fails 125 run --rm --network container:one "$IMG" true
  says "not running" one
}

@test "rules that somebody has flushed are there again after the next change" {
  local port
  port=$(free_port)
  web one 80 -p "$port:80"
  eventually 5 says_name 127.0.0.1 "$port" one
  nft list tables | awk '/inet wherry/ { print $3 }' | while read -r table; do nft delete table inet "$table"; done
  refute fetch 127.0.0.1 "$port"
  sleeper two
  eventually 3 says_name 127.0.0.1 "$port" one
}

@test "a daemon that is killed leaves running containers' networks, and what is gone is tidied up" {
  local port pid path
  port=$(free_port)
  web one 80 -p "$port:80"
  web two 80
  eventually 5 says_name 127.0.0.1 "$port" one
  pid=$(pid_of two)
  path=$(wherry inspect -f '{{.NetworkSettings.SandboxKey}}' two)
  [ -e "$path" ]
  daemon_kill
  says_name 127.0.0.1 "$port" one
  kill -KILL "$pid"
  daemon_start
  eventually 10 has_state two exited
  is_gone() { [ ! -e "$path" ]; }
  eventually 5 is_gone
  says_name 127.0.0.1 "$port" one
}

@test "a published port is reached over IPv6, and localhost is answered at once" {
  local port gateway
  port=$(free_port)
  wherry network create six >/dev/null
  web one "[::]:80" --network six -p "$port:80"
  gateway=$(wherry network inspect -f '{{(index .IPAM.Config 1).Gateway}}' six)
  eventually 5 says_name "$gateway" "$port" one
  says_name 127.0.0.1 "$port" one
  # A client of localhost tries ::1 first: refused, it goes on to 127.0.0.1; left without an answer it would wait.
  run -1 timeout 3 bash -c "exec 7<>/dev/tcp/::1/$port"
  run -0 wherry port one 80
  equal "${lines[*]}" "0.0.0.0:$port [::]:$port"
  # Bound to that address alone, which the device has while the network is in use.
  sleeper other --network six
  wherry rm -f one
  web one "[::]:80" --network six -p "[$gateway]:$port:80"
  eventually 5 says_name "$gateway" "$port" one
  refute fetch 127.0.0.1 "$port"
}

@test "info tells where ports are published, and what other firewalls keep from passing" {
  local port
  port=$(free_port)
  web one 80 -p "127.0.0.1:$port:80"
  run -0 --separate-stderr wherry info --format '{{json .Network.Published}} {{json .Network.PublishAddresses}}'
  equal "$output" "[{\"Container\":\"one\",\"Port\":\"127.0.0.1:$port->80/tcp\"}] [\"0.0.0.0\",\"::\"]"
  run -0 wherry info
  [[ "$output" == *"Bridge of bridge: wherry"* ]]
  # As ufw leaves it, in a table of this test's own.
  nft 'add table inet wherrytest; add chain inet wherrytest closed { type filter hook forward priority 10; policy drop; }'
  run -0 --separate-stderr wherry info
  nft delete table inet wherrytest
  [[ "$stderr" == *"chain closed of table inet wherrytest drops"* ]]
}

# Whether a container's link to a network is there: link_of NETWORK-ID
link_of() { ip -o link show | grep -qE ": wv[0-9a-f]{7}${1:0:6}@"; }

@test "two hundred containers on one bridge: an address and a name each, and nothing left of them" {
  wherry network create crowd >/dev/null
  seq 200 | xargs -P 20 -I{} wherry run -d --name crowd{} --network crowd "$IMG" sleep 1000 >/dev/null
  run -0 wherry network inspect -f '{{range $id, $c := .Containers}}{{$c.IPv4Address}} {{$c.IPv6Address}}
{{end}}' crowd
  equal "$(sort -u <<<"$output" | grep -c /)" 200
  local other
  for other in 2 77 200; do
    run -0 wherry exec crowd1 ping -c 1 -W 5 "crowd$other"
  done
  wherry ps -aq | xargs -P 4 -n 25 wherry rm -f >/dev/null
  refute link_of "$(wherry network inspect -f '{{.Id}}' crowd)"
  wherry network rm crowd
}

@test "a daemon that is killed while networks are set up and taken down leaves nothing half-made" {
  local i port client clients
  wherry network create app >/dev/null
  for i in $(seq 8); do
    port=$(free_port)
    clients=()
    wherry run -d --name "k$i" --network app -p "$port:80" "$IMG" sleep 1000 >/dev/null 2>&1 3>&- 4>&- &
    clients+=($!)
    wherry rm -f "k$((i - 1))" >/dev/null 2>&1 3>&- 4>&- &
    clients+=($!)
    sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
    daemon_kill
    daemon_start
    for client in "${clients[@]}"; do wait "$client" || true; done
  done
  # What runs is reached, by what it was given.
  sleeper probe --network app
  local name
  for name in $(wherry ps --format '{{.Names}}' --filter network=app); do
    run -0 wherry exec probe ping -c 1 -W 5 "$name"
  done
  remove_all_containers
  no_link_left() { ! link_of "$1"; }
  eventually 10 no_link_left "$(wherry network inspect -f '{{.Id}}' app)"
  wherry network rm app
}

# Answers every question for an IPv4 address with ANSWER: name_server ADDRESS A B C D
name_server() {
  "$PYTHON" -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
s.settimeout(60)
while True:
    asked, peer = s.recvfrom(512)
    end = asked.index(0, 12) + 5
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + bytes(map(int, sys.argv[2:6]))
    a = asked[end - 4:end - 2] == b"\0\1"
    head = asked[:2] + b"\x81\x80\0\1\0" + (b"\1" if a else b"\0") + b"\0\0\0\0"
    s.sendto(head + asked[12:end] + (answer if a else b""), peer)' "$@" 3>&- 4>&- &
  echo $! >>"$scratch/servers"
}

@test "containers follow the device's name servers from one network to the next" {
  wherry network create app >/dev/null
  sleeper plain
  sleeper own
  sleeper named --network app
  wherry exec own sh -c 'echo nameserver 192.0.2.1 >/etc/resolv.conf'
  cp -L /etc/resolv.conf "$scratch/resolv.conf"
  if [ "$WHERRY_ENV" = nspawn ]; then
    name_server 127.0.0.81 10 8 1 1
    name_server 127.0.0.82 10 8 2 2
    printf 'nameserver 127.0.0.81\nnameserver 192.0.2.53\n' >/etc/resolv.conf
    answered() { wherry exec named nslookup -type=a where.example 2>&1 | grep -q "$1"; }
    eventually 15 answered 10.8.1.1
    # As dhclient does: another file in its place.
    printf 'nameserver 127.0.0.82\nnameserver 192.0.2.54\nsearch follows.test\n' >/etc/resolv.conf.new
    mv /etc/resolv.conf.new /etc/resolv.conf 2>/dev/null || cat /etc/resolv.conf.new >/etc/resolv.conf
    eventually 15 answered 10.8.2.2
  else
    # The machine's own servers stay; only a search domain comes.
    echo "search follows.test" >>/etc/resolv.conf
  fi
  follows() { wherry exec "$1" cat /etc/resolv.conf | grep -q follows.test; }
  eventually 15 follows plain
  if [ "$WHERRY_ENV" = nspawn ]; then
    run -0 wherry exec plain cat /etc/resolv.conf
    [[ "$output" == *"nameserver 192.0.2.54"* && "$output" != *192.0.2.53* ]]
  fi
  # What a container has changed is its own.
  run -0 wherry exec own cat /etc/resolv.conf
  equal "$output" "nameserver 192.0.2.1"
}

@test "macvlan gives an address on the parent's own wire" {
  ip link add wtparent type veth peer name wtpeer || skip "no veth here"
  ip link set wtparent up
  ip link set wtpeer up
  ip addr add 10.232.1.1/24 dev wtpeer
  if ! wherry network create -d macvlan --subnet 10.232.1.0/24 --gateway 10.232.1.1 -o parent=wtparent wire; then
    ip link del wtparent
    false
  fi
  web one 80 --network wire
  eventually 5 says_name "$(address one wire)" 80 one
  wherry rm -f one
  ip link del wtparent
}

@test "afterwards links, addresses, routes, rules and forwarding are as before; what a start costs is printed" {
  local begin end i port
  # Whole commands, with and without a network of its own: on a busy machine the difference is noise.
  sleeper first
  for network in none bridge; do
    begin=$(date +%s%N)
    for i in 1 2 3 4 5; do
      port=$(free_port)
      if [ $network = bridge ]; then set -- -p "$port:80"; else set --; fi
      wherry run -d --name "t$i" --network $network "$@" "$IMG" sleep 100 >/dev/null
    done
    end=$(date +%s%N)
    eval "$network=$(((end - begin) / 5000))"
    wherry rm -f t1 t2 t3 t4 t5 >/dev/null
  done
  echo "# run -d: --network none $none us, bridge with a port $bridge us, difference $((bridge - none)) us" >&3
  wherry rm -f first
  remove_all_containers
  diff <(network_facts) "$SUITE/network-before"
}
