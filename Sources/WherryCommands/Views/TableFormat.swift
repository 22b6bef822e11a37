/// What `--format` asked for, for commands that print a list (Docker's `formatter` package).
struct TableFormat {
  private let template: Template
  private let hasHeader: Bool

  /// `headers` names the columns a `table` may show.
  init(_ format: String, default standard: String) throws(TemplateError) {
    var source = format == "table" || format.isEmpty ? "table " + standard : format.trimmed
    if source == "json" { source = "{{json .}}" }
    source = Self.unescape(source)
    hasHeader = source.hasPrefix("table")
    if hasHeader { source = String(source.dropFirst("table".count)).trimmed }
    template = try Template(source)
  }

  /// One line a row; a table gets a header and columns.
  func render(_ rows: [Value], headers: Value) throws(TemplateError) -> String {
    var lines: [String] = []
    if hasHeader { lines.append(try template.render(headers)) }
    for row in rows { lines.append(try template.render(row)) }
    let text = lines.map { $0 + "\n" }.joined()
    return hasHeader ? TabWriter.format(text) : text
  }

  /// Shells pass `\t` as two characters.
  private static func unescape(_ format: String) -> String {
    var text = ""
    var rest = format[...]
    while let character = rest.popFirst() {
      if character == "\\", rest.first == "t" || rest.first == "n" {
        text += rest.popFirst() == "t" ? "\t" : "\n"
      } else {
        text.append(character)
      }
    }
    return text
  }
}
