import ArgumentParser
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct SearchVerb: Verb {
  static let synopsis = "search [OPTIONS] [REGISTRY/]TERM"
  static let configuration: CommandConfiguration = describe(
    "search", "Search Docker Hub, or the registry before the slash, for images")
  static let flagSet = FlagSet(flags: [
    .value("filter", "f"), .value("limit"), .value("format"), .toggle("no-trunc"),
  ])

  private static let defaultLimit = 25
  private static let maximumLimit = 100

  @Option(name: [.customShort("f"), .long], help: "Filter output: stars=N or is-official=true|false")
  var filter: [String] = []
  @Option(help: "Max number of search results")
  var limit: Int?
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let limit = limit ?? 0
    guard (0...Self.maximumLimit).contains(limit) else {
      throw UsageError(
        message: "limit \(limit) is outside the range of [1, \(Self.maximumLimit)]", exitCode: 1)
    }
    let table = try TableFormat(format ?? "", default: SearchRow.standard)
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try SearchFilter(FilterOption.parse(filter))
    }
    let term = SearchTerm(words[0])
    var params = RegistryListParams(question: .search, place: term.registry)
    params.term = term.text
    params.credential = try await ClientCredentials().credential(for: term.registry)
    let client = try await context.connect()
    let found = try await client.registryList(params).entries
    let rows = found.filter(filters.matches).prefix(limit == 0 ? Self.defaultLimit : limit).map {
      SearchRow.value($0, prefix: term.prefix, truncates: !noTrunc, terminal: context.console.isTerminal)
    }
    try context.console.write(try table.render(rows, headers: SearchRow.headers))
    return 0
  }
}

/// `REGISTRY/TERM`, or a term for Docker Hub.
struct SearchTerm: Equatable {
  var registry = Reference.defaultDomain
  var text: String

  /// What begins with a host is its registry's, by the rule for images' names.
  init(_ word: String) {
    text = word
    guard let slash = word.firstIndex(of: "/") else { return }
    let host = word[..<slash]
    guard host == "localhost" || host.contains(".") || host.contains(":") else { return }
    registry = RegistryName.domain(String(host))
    text = String(word[word.index(after: slash)...])
  }

  /// Before each name, so that it can be pulled.
  var prefix: String { registry == Reference.defaultDomain ? "" : registry + "/" }
}

/// What `--filter` lets through.
struct SearchFilter: Equatable {
  var stars: UInt64 = 0
  var isOfficial: Bool?
  var isAutomated: Bool?

  init(_ filters: [String: [String]]) throws(OptionError) {
    for (key, values) in filters.sorted(by: { $0.key < $1.key }) {
      for value in values {
        switch key {
        case "stars":
          guard let number = UInt64(value) else { throw OptionError("invalid filter 'stars=\(value)'") }
          stars = max(stars, number)
        case "is-official": isOfficial = try Self.flag(key, value)
        case "is-automated": isAutomated = try Self.flag(key, value)
        default: throw OptionError("invalid filter '\(key)'")
        }
      }
    }
  }

  /// Nothing is built automatically any more, says Docker Hub.
  func matches(_ entry: RegistryEntry) -> Bool {
    entry.stars ?? 0 >= stars && (isOfficial ?? (entry.official ?? false)) == (entry.official ?? false)
      && isAutomated != true
  }

  private static func flag(_ key: String, _ value: String) throws(OptionError) -> Bool {
    switch value {
    case "true", "1": true
    case "false", "0": false
    default: throw OptionError("invalid filter '\(key)=\(value)'")
    }
  }
}
