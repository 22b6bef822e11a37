import ArgumentParser
import WherryRPC
import WherryWire

struct ExportVerb: Verb {
  static let synopsis = "export [OPTIONS] CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "export", "Export a container's filesystem as a tar archive")
  static let flagSet = FlagSet(flags: [.value("output", "o")])

  @Option(name: [.customShort("o"), .long], help: "Write to a file, instead of STDOUT")
  var output: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let archive = try ArchiveOutput(output, context.console)
    let client = try await context.connect()
    try await archive.receive { try await client.containerExport(ContainerReference(container: words[0])) }
    return 0
  }
}
