/// Whether a head has the one form that deterministic encoding allows (RFC 8949 section 4.2.1).
enum Determinism {
  /// `initialByte` is the head's first byte; `nanIsCanonical` is asked of a NaN only.
  static func holds(
    _ head: CBORHead, initialByte: UInt8, nanIsCanonical: @autoclosure () -> Bool
  ) -> Bool {
    let information = initialByte & 0x1f
    switch head {
    case .unsigned(let value), .negative(let value), .tag(let value), .array(let value), .map(let value):
      return isShortest(value, information)
    case .bytes(let length), .text(let length):
      return isShortest(UInt64(length), information)
    case .indefiniteBytes, .indefiniteText, .indefiniteArray, .indefiniteMap, .end:
      return false
    case .float(let value):
      if value.isNaN { return nanIsCanonical() }
      return information == floatInformation(value)
    case .bool, .null, .undefined, .simple:
      return true
    }
  }

  private static func isShortest(_ value: UInt64, _ information: UInt8) -> Bool {
    switch information {
    case 24: value >= 24
    case 25: value > 0xff
    case 26: value > 0xffff
    case 27: value > 0xffff_ffff
    default: true
    }
  }

  /// The width of the shortest float that is `value`: 25 half, 26 single, 27 double.
  static func floatInformation(_ value: Double) -> UInt8 {
    if value.isNaN || Double(Float16(value)) == value { return 25 }
    if Double(Float(value)) == value { return 26 }
    return 27
  }
}
