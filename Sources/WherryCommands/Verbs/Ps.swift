import ArgumentParser
import WherryRPC
import WherryWire

struct PsVerb: Verb {
  static let synopsis = "ps [OPTIONS]"
  static let configuration: CommandConfiguration = describe("ps", "List containers")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .value("filter", "f"), .value("format"), .value("last", "n"), .toggle("latest", "l"),
    .toggle("no-trunc"), .toggle("quiet", "q"), .toggle("size", "s"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Show all containers (default shows just running)")
  var all = false
  @Option(name: [.customShort("f"), .long], help: "Filter output based on conditions provided")
  var filter: [String] = []
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Option(name: [.customShort("n"), .long], help: "Show n last created containers (includes all states)")
  var last: Int = -1
  @Flag(name: [.customShort("l"), .long], help: "Show the latest created container (includes all states)")
  var latest = false
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only display container IDs")
  var quiet = false
  @Flag(name: [.customShort("s"), .long], help: "Display total file sizes")
  var size = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(
      quiet && format == nil ? "{{.ID}}" : format ?? "",
      default: ContainerRow.standard + (size ? "\t{{.Size}}" : ""))
    var params = ContainerListParams()
    let limit = UInt64(exactly: latest && last < 1 ? 1 : last) ?? 0
    if limit > 0 { params.limit = limit }
    // Docker looks at all states where a filter speaks of them; the daemon does the same.
    if all || limit > 0 { params.all = true }
    if !filter.isEmpty {
      params.filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
        try FilterOption.parse(filter)
      }
    }
    let request = params
    let client = try await context.connect()
    let result = try await client.containerList(request)
    let now = Context.now
    // Docker measures also where only the template asks.
    let isMeasured = size || format?.contains(".Size") ?? false
    let sizes = isMeasured ? ContainerSizes(try await client.systemUsage()) : nil
    let rows = result.containers.map {
      ContainerRow(
        summary: $0, now: now, truncates: !noTrunc, terminal: context.console.isTerminal,
        size: sizes?.text(of: $0) ?? "0B"
      ).value
    }
    try context.console.write(try table.render(rows, headers: ContainerRow.headers))
    return 0
  }
}
