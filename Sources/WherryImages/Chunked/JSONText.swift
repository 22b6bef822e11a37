/// Writes JSON texts a byte at a time, for documents that are too long to be held.
enum JSONText {
  private static let digits = Array("0123456789abcdef".utf8)

  /// `text` is valid UTF-8.
  static func append(string text: some Collection<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        bytes += "\\u00".utf8
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// `,"KEY":"VALUE"`, or nothing where the value is empty.
  static func append(_ key: String, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
    guard !value.isEmpty else { return }
    bytes += ",\"\(key)\":".utf8
    append(string: value, to: &bytes)
  }

  /// `,"KEY":VALUE`, or nothing for zero.
  static func append(_ key: String, _ value: UInt64, to bytes: inout [UInt8]) {
    if value > 0 { bytes += ",\"\(key)\":\(value)".utf8 }
  }
}
