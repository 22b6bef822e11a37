/// The checksum that tar-split has of each file's content: CRC-64 with the polynomial of ISO 3309.
struct CRC64 {
  private static let table: [UInt64] = (0..<256).map { value in
    var sum = UInt64(value)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xd800_0000_0000_0000 : sum >> 1 }
    return sum
  }

  private var sum = UInt64.max

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var sum = sum
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { sum = table[Int(truncatingIfNeeded: (sum ^ UInt64(byte)) & 0xff)] ^ sum >> 8 }
    }
    self.sum = sum
  }

  /// Eight bytes, the highest first.
  func finish() -> [UInt8] {
    (0..<8).reversed().map { UInt8(truncatingIfNeeded: ~sum >> (8 * UInt64($0))) }
  }
}
