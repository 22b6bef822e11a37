import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct HistoryVerb: Verb {
  static let synopsis = "history [OPTIONS] IMAGE"
  static let configuration: CommandConfiguration = describe("history", "Show the history of an image")
  static let flagSet = FlagSet(flags: [
    .value("format"), .boolean("human", "H"), .toggle("no-trunc"), .toggle("quiet", "q"),
  ])
  static let table =
    "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
  static let headers: Value = [
    "Comment": "COMMENT", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY", "CreatedSince": "CREATED",
    "ID": "IMAGE", "Size": "SIZE",
  ]

  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Option(name: [.customShort("H"), .long], help: "Print sizes and dates in human readable format")
  var human = true
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only show image IDs")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let table = try TableFormat(
      quiet && format == nil ? "{{.ID}}" : format ?? "", default: Self.table)
    let client = try await context.connect()
    let result = try await client.imageHistory(ImageHistoryParams(image: words[0]))
    let now = Context.now
    let rows = result.entries.map { row($0, now, terminal: context.console.isTerminal) }
    try context.console.write(try table.render(rows, headers: Self.headers))
    return 0
  }

  private func row(_ entry: HistoryEntry, _ now: Timestamp, terminal: Bool) -> Value {
    let id = entry.id ?? "<missing>"
    let command = (entry.createdBy ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
    let created = entry.created.map(Calendar.local) ?? ""
    let since = entry.created.map { ContainerRow.age($0, now) + " ago" } ?? "N/A"
    return [
      "Comment": .string(Sanitise.metadata(entry.comment ?? "", terminal: terminal)),
      "CreatedAt": .string(created),
      "CreatedBy": .string(
        Sanitise.metadata(noTrunc ? command : Ellipsis.cut(command, 45), terminal: terminal)),
      "CreatedSince": .string(human ? since : created),
      "ID": .string(noTrunc || id.hasPrefix("<") ? id : Ellipsis.shortID(id)),
      "Size": .string(human ? Human.size(entry.size, digits: 3) : String(entry.size)),
    ]
  }
}
