/// The bytes of one rtnetlink request: header, fixed part, attributes. netlink(7), rtnetlink(7); numbers are the
/// machine's own byte order.
struct NetlinkMessage {
  struct Flags: OptionSet {
    let rawValue: UInt16
    static let request = Self(rawValue: 1)
    static let acknowledge = Self(rawValue: 4)
    static let exclusive = Self(rawValue: 0x200)
    static let create = Self(rawValue: 0x400)
    static let dump = Self(rawValue: 0x300)
  }

  static let headerSize = 16
  private(set) var bytes: [UInt8]

  init(type: UInt16, flags: Flags, fixed: [UInt8]) {
    bytes = [UInt8](repeating: 0, count: 4)
    append(type)
    append(flags.union(.request).rawValue)
    append(UInt32(1))
    append(UInt32(0))
    bytes += fixed
    pad()
  }

  /// Complete with its length.
  var finished: [UInt8] {
    var result = bytes
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count)) { result.replaceSubrange(0..<4, with: $0) }
    return result
  }

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value) { bytes += $0 }
  }

  mutating func attribute(_ type: UInt16, _ payload: [UInt8]) {
    append(UInt16(truncatingIfNeeded: payload.count + 4))
    append(type)
    bytes += payload
    pad()
  }

  mutating func attribute(_ type: UInt16, _ value: some FixedWidthInteger) {
    attribute(type, withUnsafeBytes(of: value) { Array($0) })
  }

  /// With its terminating NUL.
  mutating func attribute(_ type: UInt16, _ text: String) {
    attribute(type, Array(text.utf8) + [0])
  }

  /// An attribute made of attributes.
  mutating func nested(_ type: UInt16, fixed: [UInt8] = [], _ body: (inout NetlinkMessage) -> Void) {
    let start = bytes.count
    append(UInt16(0))
    append(type)
    bytes += fixed
    pad()
    body(&self)
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: bytes.count - start)) {
      bytes.replaceSubrange(start..<start + 2, with: $0)
    }
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  /// `struct ifinfomsg`.
  static func linkHeader(
    family: UInt8 = 0, index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0
  ) -> [UInt8] {
    var message: [UInt8] = [family, 0, 0, 0]
    for value in [UInt32(bitPattern: index), flags, change] { withUnsafeBytes(of: value) { message += $0 } }
    return message
  }
}

/// Reads what the kernel says. Nothing it could say is trusted to be as long as it claims.
struct NetlinkReader {
  struct Message {
    var type: UInt16
    var payload: ArraySlice<UInt8>
  }

  static func messages(_ bytes: [UInt8]) -> [Message] {
    var found: [Message] = []
    var rest = bytes[...]
    while rest.count >= NetlinkMessage.headerSize {
      let length = Int(number(rest, 0, UInt32.self))
      guard length >= NetlinkMessage.headerSize, length <= rest.count else { break }
      let type = number(rest, 4, UInt16.self)
      found.append(
        Message(type: type, payload: rest.prefix(length).dropFirst(NetlinkMessage.headerSize)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  /// The attributes behind a fixed part of `skipping` bytes.
  static func attributes(_ payload: ArraySlice<UInt8>, skipping: Int) -> [UInt16: ArraySlice<UInt8>] {
    var found: [UInt16: ArraySlice<UInt8>] = [:]
    var rest = payload.dropFirst(skipping)
    while rest.count >= 4 {
      let length = Int(number(rest, 0, UInt16.self))
      guard length >= 4, length <= rest.count else { break }
      found[number(rest, 2, UInt16.self) & 0x3FFF] = rest.prefix(length).dropFirst(4)
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  /// 0 where there are too few bytes.
  static func number<Number: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ offset: Int, _ type: Number.Type
  ) -> Number {
    var value = Number.zero
    let part = bytes.dropFirst(offset).prefix(MemoryLayout<Number>.size)
    guard part.count == MemoryLayout<Number>.size else { return value }
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: part) }
    return value
  }
}
