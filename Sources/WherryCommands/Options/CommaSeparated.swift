/// One line of comma-separated values (RFC 4180), as Docker cuts `--mount` with Go's encoding/csv.
enum CommaSeparated {
  static func fields(_ text: String) throws(OptionError) -> [String] {
    var fields: [String] = []
    var rest = text[...]
    while true {
      if rest.first == "\"" {
        fields.append(try quoted(&rest, text))
      } else {
        let field = rest.prefix { $0 != "," }
        guard !field.contains("\"") else { throw OptionError("parse error: bare \" in non-quoted-field") }
        fields.append(String(field))
        rest = rest[field.endIndex...]
      }
      guard rest.popFirst() == "," else { return fields }
    }
  }

  /// Up to the quote that ends it; two of them are one.
  private static func quoted(_ rest: inout Substring, _ text: String) throws(OptionError) -> String {
    rest.removeFirst()
    var field = ""
    while let character = rest.popFirst() {
      guard character == "\"" else {
        field.append(character)
        continue
      }
      if rest.first == "\"" {
        field.append("\"")
        rest.removeFirst()
        continue
      }
      guard rest.isEmpty || rest.first == "," else { break }
      return field
    }
    throw OptionError("parse error: extraneous or missing \" in quoted-field")
  }
}
