import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryNetwork
import WherryStore

// What it costs to connect containers to a bridge, each with a published port, and to take them off it again: the
// driver's own time, in process, as the daemon calls it. To be run in a network namespace of its own:
//
//   unshare --net --mount sh -c 'ip link set lo up; network-bench [COUNT]'

/// Milliseconds.
func measured(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let time = try clock.measure(body)
  return Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) / 1e15
}

func figures(_ what: String, _ times: [Double]) -> String {
  let sorted = times.sorted()
  guard let most = sorted.last else { return "" }
  func part(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
  func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
  return "\(what): median \(text(part(0.5))) ms, 95 % \(text(part(0.95))) ms, most \(text(most)) ms"
}

func sandbox(_ number: Int, _ network: NetworkDefinition) throws -> SandboxPlan {
  guard let address = network.subnets.first?.prefix.base.adding(UInt64(number + 2)) else {
    throw WherryError(.invalidArgument, "too many containers for the subnet")
  }
  let endpoint = EndpointPlan(
    network: network, mac: .derived(from: address), addresses: [address], names: ["c\(number)"],
    interface: "eth0")
  let forward = PortForward(
    transport: .tcp, hostAddress: .anyIPv4, hostPort: UInt16(20_000 + number), containerPort: 80)
  return SandboxPlan(id: .random(), endpoints: [endpoint], forwards: [forward])
}

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
let folder = "/tmp/network-bench.\(getpid())"
guard let prefix = IPPrefix("10.213.0.0/20"), let gateway = prefix.base.adding(1), (1...2000).contains(count)
else {
  print("give a count of 1 to 2000")
  exit(2)
}
let network = NetworkDefinition(
  id: ContainerID.random().rawValue, name: NetworkDefinition.defaultName,
  subnets: [.init(prefix: prefix, gateway: gateway)])
try Files.makeDirectories(folder)
let driver = LinuxNetworkDriver(run: RunDirectory(folder), usesSystemd: false)
var plan = NetworkPlan(networks: [network], sandboxes: [])
var (up, down): ([Double], [Double]) = ([], [])
for number in 0..<count {
  let sandbox = try sandbox(number, network)
  up.append(
    try measured {
      for forward in sandbox.forwards { _ = try driver.owner(of: forward) }
      try driver.connect(sandbox)
      plan.sandboxes.append(sandbox)
      try driver.apply(plan)
    })
}
print(figures("connect with a port, \(count) containers one after the other", up))
print(figures("  the first ten of them", Array(up.prefix(10))))
print(figures("  the last ten", Array(up.suffix(10))))
for sandbox in plan.sandboxes {
  down.append(
    try measured {
      try driver.disconnect(sandbox)
      plan.sandboxes.removeAll { $0.id == sandbox.id }
      try driver.apply(plan)
    })
}
print(figures("take away", down))
