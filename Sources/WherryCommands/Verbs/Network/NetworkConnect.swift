import ArgumentParser
import WherryRPC
import WherryWire

struct NetworkConnectVerb: Verb {
  static let synopsis = "network connect [OPTIONS] NETWORK CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "network connect", "Connect a container to a network")
  static let flagSet = FlagSet(flags: [
    .value("alias"), .value("ip"), .value("ip6"), .value("mac-address"),
    .later("link", nil, "links are not supported; use --alias"),
  ])

  @Option(help: "Add network-scoped alias for the container")
  var alias: [String] = []
  @Option(help: "IPv4 address (e.g., \"172.30.100.104\")")
  var ip: String?
  @Option(help: "IPv6 address (e.g., \"2001:db8::33\")")
  var ip6: String?
  @Option(help: "MAC address of the interface")
  var macAddress: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let attachment = NetworkAttachment(
      name: words[0], aliases: alias.isEmpty ? nil : alias, ipv4: ip, ipv6: ip6, mac: macAddress)
    let client = try await context.connect()
    _ = try await client.networkConnect(NetworkConnectParams(container: words[1], network: attachment))
    return 0
  }
}

struct NetworkDisconnectVerb: Verb {
  static let synopsis = "network disconnect [OPTIONS] NETWORK CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "network disconnect", "Disconnect a container from a network")
  static let flagSet = FlagSet(flags: [.toggle("force", "f")])

  @Flag(name: [.customShort("f"), .long], help: "Force the container to disconnect from a network")
  var force = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let client = try await context.connect()
    _ = try await client.networkDisconnect(
      NetworkDisconnectParams(container: words[1], network: words[0], force: force ? true : nil))
    return 0
  }
}
