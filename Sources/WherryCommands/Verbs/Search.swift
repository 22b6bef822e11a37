import ArgumentParser

/// Refused, and says where to look instead: registries have no search in common, and Docker Hub's is an interface of its
/// own that changes.
struct SearchVerb: Verb {
  static let synopsis = "search TERM"
  static let configuration: CommandConfiguration = describe("search", "Search Docker Hub for images")
  static let flagSet = FlagSet(flags: [
    .value("filter", "f"), .value("limit"), .value("format"), .toggle("no-trunc"),
  ])

  @Option(name: [.customShort("f"), .long], help: .hidden)
  var filter: [String] = []
  @Option(help: .hidden)
  var limit: Int?
  @Option(help: .hidden)
  var format: String?
  @Flag(help: .hidden)
  var noTrunc = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    throw UsageError(
      message: "search is not there: registries have no search in common", exitCode: 1,
      hint:
        "https://hub.docker.com/search?q=TERM shows Docker Hub's images; other registries have pages of their own"
    )
  }
}
