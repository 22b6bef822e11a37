extension CBORReader {
  package mutating func readUInt() throws(CBORError) -> UInt64 {
    let start = offset
    let head = try readHead()
    guard case .unsigned(let value) = head else { throw mismatch(head, .unsigned, start) }
    return value
  }

  package mutating func readInt() throws(CBORError) -> Int64 {
    let start = offset
    let head = try readHead()
    let magnitude: UInt64
    switch head {
    case .unsigned(let value), .negative(let value): magnitude = value
    default: throw mismatch(head, .unsigned, start)
    }
    guard let value = Int64(exactly: magnitude) else { throw error(.integerOutOfRange, at: start) }
    // -1 - value is ~value: it cannot overflow.
    if case .negative = head { return ~value }
    return value
  }

  package mutating func readBool() throws(CBORError) -> Bool {
    let start = offset
    let head = try readHead()
    guard case .bool(let value) = head else { throw mismatch(head, .bool, start) }
    return value
  }

  package mutating func readNull() throws(CBORError) {
    let start = offset
    let head = try readHead()
    guard case .null = head else { throw mismatch(head, .null, start) }
  }

  package mutating func readDouble() throws(CBORError) -> Double {
    let start = offset
    let head = try readHead()
    guard case .float(let value) = head else { throw mismatch(head, .float, start) }
    return value
  }

  package mutating func readText() throws(CBORError) -> String {
    let start = offset
    let head = try readHead()
    switch head {
    case .text(let length):
      return try text(of: try take(length), at: start)
    case .indefiniteText:
      return try readTextChunks()
    default:
      throw mismatch(head, .text, start)
    }
  }

  package mutating func readBytes() throws(CBORError) -> [UInt8] {
    let start = offset
    let head = try readHead()
    switch head {
    case .bytes(let length):
      return Array(try take(length))
    case .indefiniteBytes:
      return try readByteChunks()
    default:
      throw mismatch(head, .bytes, start)
    }
  }

  /// The number of items that follow. `endContainer` when they have been read.
  package mutating func readArrayHeader() throws(CBORError) -> Int {
    let start = offset
    let head = try readHead()
    guard case .array(let count) = head else { throw mismatch(head, .array, start) }
    // An item takes a byte at least.
    guard let count = Int(exactly: count), count <= remaining else { throw error(.truncated, at: start) }
    try enterContainer(at: start)
    return count
  }

  /// The number of pairs that follow. `endContainer` when they have been read.
  package mutating func readMapHeader() throws(CBORError) -> Int {
    let start = offset
    let head = try readHead()
    guard case .map(let count) = head else { throw mismatch(head, .map, start) }
    guard let count = Int(exactly: count), count <= remaining / 2 else { throw error(.truncated, at: start) }
    try enterContainer(at: start)
    return count
  }

  private func mismatch(_ head: CBORHead, _ wanted: CBORKind, _ start: Int) -> CBORError {
    // Only a lenient reader gets here with an array or a map of the right kind: it is one
    // of indefinite length, which has no count.
    error(head.kind == wanted ? .notDeterministic : .unexpected(head.kind, wanted: wanted), at: start)
  }

  private func text(of content: ArraySlice<UInt8>, at start: Int) throws(CBORError) -> String {
    // Not String(validating:as:): it is generic code of the standard library that nobody specializes.
    let text: String? = content.withUnsafeBufferPointer { bytes in
      do {
        return String(copying: try UTF8Span(validating: bytes.span))
      } catch {
        return nil
      }
    }
    guard let text else { throw error(.invalidText, at: start) }
    return text
  }

  private mutating func readTextChunks() throws(CBORError) -> String {
    var joined = ""
    while true {
      let start = offset
      let head = try readHead()
      if case .end = head { return joined }
      guard case .text(let length) = head else { throw error(.malformed, at: start) }
      joined += try text(of: try take(length), at: start)
      guard joined.utf8.count <= limits.maximumString else { throw error(.stringTooLong, at: start) }
    }
  }

  private mutating func readByteChunks() throws(CBORError) -> [UInt8] {
    var joined: [UInt8] = []
    while true {
      let start = offset
      let head = try readHead()
      if case .end = head { return joined }
      guard case .bytes(let length) = head else { throw error(.malformed, at: start) }
      joined += try take(length)
      guard joined.count <= limits.maximumString else { throw error(.stringTooLong, at: start) }
    }
  }
}
