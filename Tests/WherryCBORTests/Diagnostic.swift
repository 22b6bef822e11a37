@testable import WherryCBOR

/// Writes items in diagnostic notation (RFC 8949 section 8).
struct Diagnostic {
  private var reader: CBORReader

  static func of(_ bytes: [UInt8]) throws -> String {
    var diagnostic = Diagnostic(reader: CBORReader(bytes, strict: false))
    let text = try diagnostic.item() ?? "break"
    try diagnostic.reader.requireEnd()
    return text
  }

  private init(reader: CBORReader) {
    self.reader = reader
  }

  /// Nil for a break.
  private mutating func item() throws -> String? {
    switch try reader.readHead() {
    case .unsigned(let value): return "\(value)"
    case .negative(let value): return "-\(UInt128(value) + 1)"
    case .bytes(let length): return "h'\(Self.hex(try reader.take(length)))'"
    case .text(let length): return Self.quoted(String(decoding: try reader.take(length), as: UTF8.self))
    case .indefiniteBytes, .indefiniteText: return "(_ \(try items(nil)))"
    case .array(let count): return "[\(try items(count))]"
    case .indefiniteArray: return "[_ \(try items(nil))]"
    case .map(let count): return "{\(try pairs(count))}"
    case .indefiniteMap: return "{_ \(try pairs(nil))}"
    case .tag(let number): return "\(number)(\(try item() ?? "break"))"
    case .bool(let value): return "\(value)"
    case .null: return "null"
    case .undefined: return "undefined"
    case .simple(let value): return "simple(\(value))"
    case .float(let value):
      if value.isNaN { return "NaN" }
      return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    case .end: return nil
    }
  }

  private mutating func items(_ count: UInt64?) throws -> String {
    var items: [String] = []
    while count != UInt64(items.count), let item = try item() { items.append(item) }
    return items.joined(separator: ", ")
  }

  private mutating func pairs(_ count: UInt64?) throws -> String {
    var pairs: [String] = []
    while count != UInt64(pairs.count), let key = try item() {
      pairs.append("\(key): \(try item() ?? "break")")
    }
    return pairs.joined(separator: ", ")
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.flatMap { "\"\\".contains($0) ? ["\\", $0] : [$0] } + "\""
  }
}
