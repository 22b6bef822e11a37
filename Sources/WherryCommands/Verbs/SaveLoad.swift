import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct SaveVerb: Verb {
  static let synopsis = "save [OPTIONS] IMAGE [IMAGE...]"
  static let configuration: CommandConfiguration = describe(
    "save", "Save one or more images to a tar archive (streamed to STDOUT by default)")
  static let flagSet = FlagSet(flags: [.value("output", "o")])

  @Option(name: [.customShort("o"), .long], help: "Write to a file, instead of STDOUT")
  var output: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let archive = try ArchiveOutput(output, context.console)
    let client = try await context.connect()
    try await archive.receive { try await client.imageSave(ImageSaveParams(images: words)) }
    return 0
  }
}

struct LoadVerb: Verb {
  static let synopsis = "load [OPTIONS]"
  static let configuration: CommandConfiguration = describe(
    "load", "Load an image from a tar archive or STDIN")
  static let flagSet = FlagSet(flags: [.value("input", "i"), .toggle("quiet", "q"), .value("platform")])

  @Option(name: [.customShort("i"), .long], help: "Read from tar archive file, instead of STDIN")
  var input: String?
  @Flag(name: [.customShort("q"), .long], help: "Suppress the load output")
  var quiet = false
  @Option(help: "Load only the given platform (os/architecture[/variant])")
  var platform: String?
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    if input == nil, UserTerminal.isInput {
      throw OptionError("requested load from stdin, but stdin is empty")
    }
    let reader = try input.map(InputReader.file) ?? InputReader.standardInput()
    let client = try await context.connect()
    let call = try await client.imageLoad(ImageLoadParams(platform: platform))
    let result = try await reader.feed(call) { ImportChunk(data: $0) }
    for name in result.loaded {
      let shown = Sanitise.metadata(ImageInspect.familiar(name))
      try context.console.print(
        name.hasPrefix("sha256:") ? "Loaded image ID: \(shown)" : "Loaded image: \(shown)")
    }
    return 0
  }
}
