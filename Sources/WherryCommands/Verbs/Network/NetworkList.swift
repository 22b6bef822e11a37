import ArgumentParser
import WherryRPC
import WherryWire

struct NetworkListVerb: Verb {
  static let synopsis = "network ls [OPTIONS]"
  static let configuration: CommandConfiguration = describe("network ls", "List networks")
  static let flagSet = FlagSet(flags: [
    .value("filter", "f"), .value("format"), .toggle("no-trunc"), .toggle("quiet", "q"),
  ])

  @Option(name: [.customShort("f"), .long], help: "Provide filter values (e.g. \"driver=bridge\")")
  var filter: [String] = []
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Do not truncate the output")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only display network IDs")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(
      quiet && format == nil ? "{{.ID}}" : format ?? "", default: NetworkView.standard)
    var params = NetworkListParams()
    if !filter.isEmpty {
      params.filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
        try FilterOption.parse(filter)
      }
    }
    let request = params
    let client = try await context.connect()
    let rows = try await client.networkList(request).networks.map {
      NetworkView.row($0, truncates: !noTrunc, terminal: context.console.isTerminal)
    }
    try context.console.write(try table.render(rows, headers: NetworkView.headers))
    return 0
  }
}

struct NetworkInspectVerb: Verb {
  static let synopsis = "network inspect [OPTIONS] NETWORK [NETWORK...]"
  static let configuration: CommandConfiguration = describe(
    "network inspect", "Display detailed information on one or more networks")
  static let flagSet = FlagSet(flags: [.value("format", "f"), .toggle("verbose", "v")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Flag(name: [.customShort("v"), .long], help: .hidden)
  var verbose = false
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    return try await Inspection(format).run(names, context, Inspection.network)
  }
}
