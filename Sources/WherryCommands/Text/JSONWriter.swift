/// Writes JSON as Go's encoding/json does without HTML escaping.
enum JSONWriter {
  /// On one line, keys in the order given.
  static func compact(_ value: Value) -> String {
    var text = ""
    write(value, indent: nil, depth: 0, &text)
    return text
  }

  /// With four spaces a level, as `docker inspect`.
  static func indented(_ value: Value) -> String {
    var text = ""
    write(value, indent: "    ", depth: 0, &text)
    return text
  }

  private static func write(_ value: Value, indent: String?, depth: Int, _ text: inout String) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value): text += value.isFinite ? Human.significant(value, 15) : "null"
    case .string(let value): text += string(value)
    case .array(let values):
      list("[", "]", values, indent: indent, depth: depth, &text) { value, text in
        write(value, indent: indent, depth: depth + 1, &text)
      }
    case .object(let fields):
      list("{", "}", fields, indent: indent, depth: depth, &text) { field, text in
        text += string(field.key) + (indent == nil ? ":" : ": ")
        write(field.value, indent: indent, depth: depth + 1, &text)
      }
    }
  }

  private static func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], indent: String?, depth: Int, _ text: inout String,
    _ each: (Element, inout String) -> Void
  ) {
    text += open
    guard !elements.isEmpty else {
      text += close
      return
    }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      newLine(indent, depth + 1, &text)
      each(element, &text)
    }
    newLine(indent, depth, &text)
    text += close
  }

  private static func newLine(_ indent: String?, _ depth: Int, _ text: inout String) {
    guard let indent else { return }
    text += "\n" + String(repeating: indent, count: depth)
  }

  /// RFC 8259 section 7. U+2028 and U+2029 are escaped as Go does.
  static func string(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{08}": text += "\\b"
      case "\u{0C}": text += "\\f"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029 {
          text += "\\u" + GoQuote.hex(scalar.value, 4)
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return text + "\""
  }
}
