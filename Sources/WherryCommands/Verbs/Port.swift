import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct PortVerb: Verb {
  static let synopsis = "port CONTAINER [PRIVATE_PORT[/PROTO]]"
  static let configuration: CommandConfiguration = describe(
    "port", "List port mappings or a specific mapping for the container")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 1...2)
    let client = try await context.connect()
    let detail = try await client.containerInspect(ContainerReference(container: words[0]))
    let ports = (detail.ports ?? []).filter { $0.hostPort != nil }
    guard words.count == 2 else {
      for port in ports {
        try context.console.print("\(port.containerPort)/\(port.protocol) -> \(Self.host(port))")
      }
      return 0
    }
    let parts = words[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let port = UInt16(parts[0]), port > 0 else {
      throw OptionError("invalid port: \(words[1])")
    }
    let transport = parts.count == 2 ? parts[1] : "tcp"
    let found = ports.filter { $0.containerPort == UInt64(port) && $0.protocol == transport }
    guard !found.isEmpty else {
      throw OptionError("no public port '\(port)/\(transport)' published for \(detail.name)")
    }
    for port in found { try context.console.print(Self.host(port)) }
    return 0
  }

  private static func host(_ port: PortBinding) -> String {
    "\(PortsView.address(port.hostAddress)):\(port.hostPort ?? 0)"
  }
}
