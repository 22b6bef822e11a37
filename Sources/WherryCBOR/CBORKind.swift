/// What an item is, as far as its first byte tells (RFC 8949 section 3).
package enum CBORKind: String, Sendable, CustomStringConvertible {
  case unsigned = "unsigned integer"
  case negative = "negative integer"
  case bytes = "byte string"
  case text = "text"
  case array
  case map
  case tag
  case bool = "boolean"
  case null
  case undefined
  case simple = "simple value"
  case float
  /// The end of an item of indefinite length.
  case end = "break"

  package var description: String { rawValue }

  /// Nil for the first bytes RFC 8949 reserves.
  init?(initialByte: UInt8) {
    let information = initialByte & 0x1f
    if (28...30).contains(information) { return nil }
    switch initialByte >> 5 {
    case 0: self = .unsigned
    case 1: self = .negative
    case 2: self = .bytes
    case 3: self = .text
    case 4: self = .array
    case 5: self = .map
    case 6: self = .tag
    default:
      switch information {
      case 20, 21: self = .bool
      case 22: self = .null
      case 23: self = .undefined
      case 25, 26, 27: self = .float
      case 31: self = .end
      default: self = .simple
      }
    }
  }
}
