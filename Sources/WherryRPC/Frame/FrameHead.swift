/// The head of a definite CBOR byte string (RFC 8949 section 3, major type 2): the length prefix of a frame.
struct FrameHead {
  static let maximumSize = 5

  /// How many bytes the head itself takes, 1 to 5.
  var size: Int
  /// How many bytes follow it.
  var length: Int

  /// Reads a head, or gives nil where more bytes are needed to know it.
  init?(_ bytes: ArraySlice<UInt8>, limit: Int) throws(FrameError) {
    guard let first = bytes.first else { return nil }
    guard first >> 5 == 2 else { throw .notAByteString(first) }
    let width: Int
    switch first & 31 {
    case let small where small < 24:
      try self.init(size: 1, value: UInt64(small), atLeast: 0, limit: limit)
      return
    case 24: width = 1
    case 25: width = 2
    case 26: width = 4
    case 27:
      // Eight bytes of length are above any limit, or not the shortest form.
      throw .tooLong(length: UInt64(UInt32.max) + 1, limit: limit)
    case 31: throw .indefiniteLength
    default: throw .notAByteString(first)
    }
    guard bytes.count > width else { return nil }
    let value = bytes.dropFirst().prefix(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let least: UInt64 = width == 1 ? 24 : 1 << (4 * UInt64(width))
    try self.init(size: 1 + width, value: value, atLeast: least, limit: limit)
  }

  private init(size: Int, value: UInt64, atLeast least: UInt64, limit: Int) throws(FrameError) {
    guard value >= least else { throw .notShortest }
    guard let length = Int(exactly: value), length <= limit else {
      throw .tooLong(length: value, limit: limit)
    }
    self.size = size
    self.length = length
  }
}
