/// The 512 bytes before each member, field by field.
enum TarHeader {
  static let size = 512

  typealias Field = Range<Int>
  static let name: Field = 0..<100
  static let mode: Field = 100..<108
  static let userID: Field = 108..<116
  static let groupID: Field = 116..<124
  static let length: Field = 124..<136
  static let modified: Field = 136..<148
  static let checksum: Field = 148..<156
  static let type = 156
  static let target: Field = 157..<257
  static let magic: Field = 257..<265
  static let major: Field = 329..<337
  static let minor: Field = 337..<345
  static let prefix: Field = 345..<500

  /// Text up to the first NUL.
  static func text(_ header: [UInt8], _ field: Field) -> [UInt8] {
    Array(header[field].prefix { $0 != 0 })
  }

  /// Octal digits between spaces and NULs, or base 256 where the first bit is set (GNU). Nil for anything else and for
  /// what does not fit.
  static func number(_ header: [UInt8], _ field: Field) -> Int64? {
    let bytes = header[field]
    guard let first = bytes.first else { return nil }
    if first & 0x80 != 0 { return binary(bytes, isNegative: first & 0x40 != 0) }
    let blank: (UInt8) -> Bool = { $0 == 0 || $0 == UInt8(ascii: " ") }
    let digits = bytes.drop(while: blank).prefix { !blank($0) }
    guard bytes.dropFirst(digits.endIndex - bytes.startIndex).allSatisfy(blank) else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value < 1 << 59 else { return nil }
      value = value << 3 | Int64(digit & 7)
    }
    return value
  }

  private static func binary(_ bytes: ArraySlice<UInt8>, isNegative: Bool) -> Int64? {
    var value: Int64 = isNegative ? -1 : 0
    for (index, byte) in bytes.enumerated() {
      // The first bit is the mark, the second the sign.
      let part = index == 0 ? (isNegative ? byte | 0x80 : byte & 0x7f) : byte
      guard value >= -(1 << 54), value < 1 << 54 else { return nil }
      value = value << 8 | Int64(part)
    }
    return value
  }

  /// The sum of all bytes, with the sum's own field as spaces; old archives summed signed ones.
  static func sums(_ header: [UInt8]) -> (unsigned: Int64, signed: Int64) {
    var unsigned: Int64 = 0
    var signed: Int64 = 0
    for (index, byte) in header.enumerated() {
      let byte = checksum.contains(index) ? UInt8(ascii: " ") : byte
      unsigned += Int64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    return (unsigned, signed)
  }
}
