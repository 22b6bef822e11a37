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
    guard words.count == 2 else { return 0 }
    let parts = words[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let port = UInt16(parts[0]), port > 0 else {
      throw OptionError("invalid port: \(words[1])")
    }
    // Containers publish no ports yet.
    throw OptionError(
      "no public port '\(port)/\(parts.count == 2 ? parts[1] : "tcp")' published for \(detail.name)")
  }
}
