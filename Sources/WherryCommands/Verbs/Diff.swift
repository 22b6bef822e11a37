import ArgumentParser
import WherryRPC
import WherryWire

struct DiffVerb: Verb {
  static let synopsis = "diff CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "diff", "Inspect changes to files or directories on a container's filesystem")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let client = try await context.connect()
    let call = try await client.containerChanges(ContainerReference(container: words[0]))
    for try await change in call.output {
      let letter =
        switch change.kind {
        case .added: "A"
        case .deleted: "D"
        default: "C"
        }
      try context.console.print(
        "\(letter) \(Sanitise.metadata(change.path, terminal: context.console.isTerminal))")
    }
    _ = try await call.result()
    return 0
  }
}
