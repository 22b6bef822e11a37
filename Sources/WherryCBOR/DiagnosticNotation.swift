/// Bytes as people read CBOR: diagnostic notation, RFC 8949 section 8.
///
/// What is no well-formed CBOR is shown as `h'…'` from where it stops being that, so this never fails. Strings
/// longer than `maximumString` bytes are cut and their length is told.
package struct DiagnosticNotation {
  package var maximumString = 256
  /// Where a value is that must not be seen, from the outermost item inwards: positions in arrays and keys of maps. It
  /// is shown as `"…" / hidden /`, and what is no well-formed CBOR is not shown at all then.
  package var hidden: [UInt64]?

  package init() {}

  package func text(_ bytes: ArraySlice<UInt8>) -> String {
    var reader = CBORReader(bytes, strict: false)
    var text = ""
    do throws(CBORError) {
      repeat {
        if !text.isEmpty { text += ", " }
        try item(&reader, &text, hidden?[...])
      } while !reader.isAtEnd
    } catch {
      let rest = bytes.dropFirst(reader.offset)
      text += " \(hidden == nil ? hex(rest) : "h'' / \(rest.count) bytes hidden /") / \(error) /"
    }
    return text
  }

  /// `hidden` is the way from this item to one that must not be seen.
  private func item(
    _ reader: inout CBORReader, _ text: inout String, _ hidden: ArraySlice<UInt64>? = nil
  ) throws(CBORError) {
    if let hidden, hidden.isEmpty {
      try reader.skip()
      text += "\"…\" / hidden /"
      return
    }
    switch try reader.peek() {
    case .unsigned: text += "\(try reader.readUInt())"
    case .bytes: text += hex(try reader.readBytes()[...])
    case .text: text += quoted(try reader.readText())
    case .array: try array(&reader, &text, hidden)
    case .map: try map(&reader, &text, hidden)
    case .bool: text += "\(try reader.readBool())"
    default: try other(&reader, &text)
    }
  }

  private func array(
    _ reader: inout CBORReader, _ text: inout String, _ hidden: ArraySlice<UInt64>?
  ) throws(CBORError) {
    let count = try reader.readArrayHeader()
    text += "["
    for index in 0..<count {
      if index > 0 { text += ", " }
      try item(&reader, &text, hidden?.first == UInt64(index) ? hidden?.dropFirst() : nil)
    }
    reader.endContainer()
    text += "]"
  }

  private func map(
    _ reader: inout CBORReader, _ text: inout String, _ hidden: ArraySlice<UInt64>?
  ) throws(CBORError) {
    let count = try reader.readMapHeader()
    text += "{"
    for index in 0..<count {
      if index > 0 { text += ", " }
      var key: UInt64?
      if case .unsigned = try reader.peek() {
        let number = try reader.readUInt()
        text += "\(number)"
        key = number
      } else {
        try item(&reader, &text)
      }
      text += ": "
      try item(&reader, &text, key != nil && hidden?.first == key ? hidden?.dropFirst() : nil)
    }
    reader.endContainer()
    text += "}"
  }

  private func other(_ reader: inout CBORReader, _ text: inout String) throws(CBORError) {
    let start = reader.offset
    switch try reader.readHead() {
    case .negative(let value): text += value == .max ? "-18446744073709551616" : "-\(value + 1)"
    case .null: text += "null"
    case .undefined: text += "undefined"
    case .simple(let value): text += "simple(\(value))"
    case .float(let value):
      text += value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    case .tag(let number):
      // Counts as depth: a long row of tags must not use the stack up.
      try reader.enterContainer(at: start)
      text += "\(number)("
      try item(&reader, &text)
      text += ")"
      reader.endContainer()
    default: throw reader.error(.malformed)
    }
  }

  private func hex(_ bytes: ArraySlice<UInt8>) -> String {
    var text = "h'"
    for byte in bytes.prefix(maximumString) { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return text + (bytes.count > maximumString ? "…' / \(bytes.count) bytes /" : "'")
  }

  /// JSON's escapes (RFC 8949 section 8), and for all that could move a terminal's cursor.
  private func quoted(_ string: String) -> String {
    var text = "\""
    var count = 0
    for scalar in string.unicodeScalars {
      count += 1
      if count > maximumString { return text + "…\" / \(string.utf8.count) bytes /" }
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _
      where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
        text +=
          scalar.value > 0xffff ? "\\u{\(String(scalar.value, radix: 16))}" : "\\u" + padded(scalar.value)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private func padded(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
