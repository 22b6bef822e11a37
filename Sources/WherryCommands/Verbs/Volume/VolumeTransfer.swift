import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct VolumeExportVerb: Verb {
  static let synopsis = "volume export [OPTIONS] VOLUME"
  static let configuration: CommandConfiguration = describe(
    "volume export", "Export what a volume holds as a tar archive")
  static let flagSet = FlagSet(flags: [.value("output", "o")])

  @Option(name: [.customShort("o"), .long], help: "Write to a file, instead of STDOUT")
  var output: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let archive = try ArchiveOutput(output, context.console)
    let client = try await context.connect()
    try await archive.receive { try await client.volumeExport(VolumeReference(name: words[0])) }
    return 0
  }
}

struct VolumeImportVerb: Verb {
  static let synopsis = "volume import VOLUME FILE|-"
  static let configuration: CommandConfiguration = describe(
    "volume import", "Unpack a tar archive in a volume")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let reader = try words[1] == "-" ? InputReader.standardInput() : InputReader.file(words[1])
    let client = try await context.connect()
    let call = try await client.volumeImport(VolumeReference(name: words[0]))
    _ = try await reader.feed(call) { ArchiveChunk(data: $0) }
    return 0
  }
}
