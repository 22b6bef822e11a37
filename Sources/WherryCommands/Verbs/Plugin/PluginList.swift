import ArgumentParser
import WherryRPC
import WherryWire

struct PluginListVerb: Verb {
  static let synopsis = "plugin ls [OPTIONS]"
  static let configuration: CommandConfiguration = describe("plugin ls", "List plugins", aliases: ["list"])
  static let flagSet = FlagSet(
    flags: [.value("filter", "f"), .value("format"), .toggle("no-trunc"), .toggle("quiet", "q")])

  @Option(name: [.customShort("f"), .long], help: "Provide filter values (capability=volume, enabled=true)")
  var filter: [String] = []
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only display plugin names")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(
      quiet && format == nil ? "{{.Name}}" : format ?? "", default: PluginView.standard)
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try PluginView.filters(try FilterOption.parse(filter))
    }
    let client = try await context.connect()
    let plugins = try await client.pluginList().plugins.filter { PluginView.matches($0, filters) }
    let rows = plugins.map { PluginView.row($0, truncates: !noTrunc, terminal: context.console.isTerminal) }
    try context.console.write(try table.render(rows, headers: PluginView.headers))
    return 0
  }
}
