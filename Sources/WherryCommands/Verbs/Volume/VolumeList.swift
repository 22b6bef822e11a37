import ArgumentParser
import WherryRPC
import WherryWire

struct VolumeListVerb: Verb {
  static let synopsis = "volume ls [OPTIONS]"
  static let configuration: CommandConfiguration = describe("volume ls", "List volumes", aliases: ["list"])
  static let flagSet = FlagSet(flags: [.value("filter", "f"), .value("format"), .toggle("quiet", "q")])

  @Option(name: [.customShort("f"), .long], help: "Provide filter values (e.g. \"dangling=true\")")
  var filter: [String] = []
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only display volume names")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(
      quiet && format == nil ? "{{.Name}}" : format ?? "", default: VolumeView.standard)
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter)
    }
    let client = try await context.connect()
    let result = try await client.volumeList(VolumeListParams(filters: filters.isEmpty ? nil : filters))
    let rows = result.volumes.map { VolumeView.row($0, terminal: context.console.isTerminal) }
    try context.console.write(try table.render(rows, headers: VolumeView.headers))
    return 0
  }
}
