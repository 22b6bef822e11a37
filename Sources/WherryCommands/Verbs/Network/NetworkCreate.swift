import ArgumentParser
import WherryRPC
import WherryWire

struct NetworkCreateVerb: Verb {
  static let synopsis = "network create [OPTIONS] NETWORK"
  static let configuration: CommandConfiguration = describe("network create", "Create a network")
  static let flagSet = FlagSet(flags: [
    .value("driver", "d"), .value("subnet"), .value("gateway"), .value("ip-range"), .toggle("internal"),
    .boolean("ipv6"), .value("label"), .value("opt", "o"), .toggle("attachable"),
    .later("aux-address", nil, "it is not supported: keep addresses free with --ip-range"),
    .later("ipam-driver", nil, "it is not supported: there is one"),
    .later("scope", nil, "it is not supported: networks are this device's"),
  ])

  @Option(name: [.customShort("d"), .long], help: "Driver to manage the network (bridge, macvlan, ipvlan)")
  var driver: String?
  @Option(help: "Subnet in CIDR format that represents a network segment")
  var subnet: [String] = []
  @Option(help: "IPv4 or IPv6 gateway for the subnet")
  var gateway: [String] = []
  @Option(help: "Allocate container addresses from a sub-range")
  var ipRange: [String] = []
  @Flag(help: "Restrict external access to the network")
  var `internal` = false
  @Option(help: "IPv6 addresses besides IPv4")
  var ipv6 = true
  @Option(help: "Set metadata on a network")
  var label: [String] = []
  @Option(name: [.customShort("o"), .long], help: "Set driver specific options")
  var opt: [String] = []
  @Flag(help: .hidden)
  var attachable = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    var spec = NetworkSpec(name: words[0])
    spec.driver = driver
    let subnets = try subnets()
    if !subnets.isEmpty { spec.subnets = subnets }
    if `internal` { spec.internal = true }
    if !ipv6 { spec.ipv6 = false }
    let labels = Self.pairs(label)
    if !labels.isEmpty { spec.labels = labels }
    let options = Self.pairs(opt)
    if !options.isEmpty { spec.options = options }
    let params = NetworkCreateParams(spec: spec)
    let client = try await context.connect()
    try context.console.print(try await client.networkCreate(params).id)
    return 0
  }

  private static func pairs(_ texts: [String]) -> [String: String] {
    var result: [String: String] = [:]
    for text in texts {
      let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      result[halves[0]] = halves.count == 2 ? halves[1] : ""
    }
    return result
  }

  /// A gateway and a range belong to the subnet of their family.
  private func subnets() throws(UsageError) -> [NetworkSubnet] {
    var result = subnet.map { NetworkSubnet(subnet: $0) }
    for text in gateway {
      guard let index = result.firstIndex(where: { Self.isSameFamily($0.subnet, text) && $0.gateway == nil })
      else {
        throw UsageError(message: "no matching subnet for gateway \(text)", exitCode: 1)
      }
      result[index].gateway = text
    }
    for text in ipRange {
      guard let index = result.firstIndex(where: { Self.isSameFamily($0.subnet, text) && $0.range == nil })
      else {
        throw UsageError(message: "no matching subnet for range \(text)", exitCode: 1)
      }
      result[index].range = text
    }
    return result
  }

  private static func isSameFamily(_ left: String, _ right: String) -> Bool {
    left.contains(":") == right.contains(":")
  }
}
