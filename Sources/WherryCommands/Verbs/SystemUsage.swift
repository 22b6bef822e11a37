import ArgumentParser
import WherryRPC
import WherryWire

struct SystemUsageVerb: Verb {
  static let synopsis = "system df [OPTIONS]"
  static let configuration: CommandConfiguration = describe("df", "Show disk usage")
  static let flagSet = FlagSet(flags: [.value("format"), .toggle("verbose", "v")])

  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(name: [.customShort("v"), .long], help: "Show detailed information on space usage")
  var verbose = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    if verbose, format != nil {
      throw OptionError("the verbose and the format options conflict")
    }
    let table = try TableFormat(format ?? "", default: DiskUsageView.standard)
    let client = try await context.connect()
    let view = DiskUsageView(
      usage: try await client.systemUsage(), now: Context.now, terminal: context.console.isTerminal)
    try context.console.write(
      verbose ? view.verbose : try table.render(view.rows, headers: DiskUsageView.headers))
    return 0
  }
}
