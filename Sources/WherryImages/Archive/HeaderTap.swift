/// Passes an archive on and remembers its last part, so that extended headers can be looked at as
/// they are: libarchive hands their texts out as C strings, cut off at a NUL.
final class HeaderTap: ByteSource {
  /// libarchive refuses longer extended headers.
  private static let remembered = 1 << 20 + 128 << 10

  private let inner: any ByteSource
  private var chunks: [(start: UInt64, bytes: [UInt8])] = []
  private var count = 0
  private var position: UInt64 = 0
  /// Content of a file lies before this: not remembered.
  private var nextHeader: UInt64 = 0

  init(_ inner: any ByteSource) {
    self.inner = inner
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let read = try inner.read(into: buffer)
    guard read > 0 else { return 0 }
    position += UInt64(read)
    guard position > nextHeader else { return read }
    chunks.append((position - UInt64(read), Array(buffer[..<read])))
    count += read
    while let first = chunks.first, count - first.bytes.count >= Self.remembered {
      chunks.removeFirst()
      count -= first.bytes.count
    }
    return read
  }

  /// No header begins before `offset`.
  func forget(before offset: UInt64) {
    nextHeader = offset
    while let first = chunks.first, first.start + UInt64(first.bytes.count) <= offset {
      count -= first.bytes.count
      chunks.removeFirst()
    }
  }

  /// Whether a pax record of the entry whose headers begin at `start` hides a NUL (Go's validPAXRecord).
  func hidesNUL(at start: UInt64) -> Bool {
    var start = start
    // Each round is a header further.
    while let header = bytes(start, 512) {
      let type = header[156]
      guard let size = Self.octal(header[124..<136]), size <= 1 << 20 else { return false }
      if type == UInt8(ascii: "x") || type == UInt8(ascii: "g") {
        guard let body = bytes(start + 512, size), !Self.hidesNUL(body) else { return true }
      } else if type != UInt8(ascii: "L"), type != UInt8(ascii: "K") {
        return false
      }
      start += 512 + UInt64((size + 511) / 512 * 512)
    }
    return false
  }

  private static func hidesNUL(_ body: [UInt8]) -> Bool {
    var rest = body[...]
    while let space = rest.firstIndex(of: 0x20),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length > space - rest.startIndex, length <= rest.count
    {
      let record = rest.prefix(length).dropFirst(space + 1 - rest.startIndex)
      rest = rest.dropFirst(length)
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = record[..<equals]
      if key.contains(0) { return true }
      switch String(decoding: key, as: UTF8.self) {
      case "path", "linkpath", "uname", "gname", "GNU.sparse.name":
        if record.dropFirst(key.count + 1).contains(0) { return true }
      default: break
      }
    }
    return false
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in field.drop(while: { $0 == 0x20 }).prefix(while: { $0 != 0 && $0 != 0x20 }) {
      guard (0x30...0x37).contains(byte) else { return nil }
      value = value << 3 | Int(byte - 0x30)
    }
    return value
  }

  private func bytes(_ start: UInt64, _ count: Int) -> [UInt8]? {
    var found: [UInt8] = []
    for chunk in chunks where chunk.start + UInt64(chunk.bytes.count) > start {
      let wanted = start + UInt64(found.count)
      guard chunk.start <= wanted else { return nil }
      found += chunk.bytes.dropFirst(Int(wanted - chunk.start)).prefix(count - found.count)
      if found.count == count { return found }
    }
    return found.count == count ? found : nil
  }
}
