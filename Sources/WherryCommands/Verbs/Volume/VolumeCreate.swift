import ArgumentParser
import WherryRPC
import WherryWire

struct VolumeCreateVerb: Verb {
  static let synopsis = "volume create [OPTIONS] [VOLUME]"
  static let configuration: CommandConfiguration = describe("volume create", "Create a volume")
  static let flagSet = FlagSet(flags: [
    .value("driver", "d"), .value("label"), .value("name"), .value("opt", "o"),
  ])

  @Option(name: [.customShort("d"), .long], help: "Specify volume driver name (default \"local\")")
  var driver: String?
  @Option(help: "Set metadata for a volume")
  var label: [String] = []
  @Option(help: .hidden)
  var name: String?
  @Option(name: [.customShort("o"), .long], help: "Set driver specific options (type, device, o)")
  var opt: [String] = []
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...1)
    if name != nil, !words.isEmpty {
      throw UsageError(
        message:
          "conflicting options: cannot specify a volume-name through both --name and as a positional arg",
        exitCode: 1)
    }
    let labels = Self.pairs(label)
    let options = Self.pairs(opt)
    let params = VolumeCreateParams(
      name: words.first ?? name, driver: driver, options: options.isEmpty ? nil : options,
      labels: labels.isEmpty ? nil : labels)
    let client = try await context.connect()
    try context.console.print(try await client.volumeCreate(params).name)
    return 0
  }

  /// `KEY=VALUE`, or a key with nothing.
  static func pairs(_ texts: [String]) -> [String: String] {
    var pairs: [String: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      pairs[parts[0]] = parts.count == 2 ? parts[1] : ""
    }
    return pairs
  }
}
