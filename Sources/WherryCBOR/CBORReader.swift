/// Reads CBOR item by item from bytes that nobody vouches for.
///
/// What the bytes declare costs nothing: counts and lengths are checked against the bytes
/// that are there and against `limits` before anything is made from them. A strict reader
/// takes deterministic encoding only (RFC 8949 section 4.2).
package struct CBORReader: Sendable {
  package let limits: CBORLimits
  package let strict: Bool
  let buffer: ArraySlice<UInt8>
  /// An index of `buffer`.
  private(set) var position: Int
  private var depth = 0
  private var items = 0

  package init(_ bytes: ArraySlice<UInt8>, limits: CBORLimits = CBORLimits(), strict: Bool = true) {
    self.buffer = bytes
    self.position = bytes.startIndex
    self.limits = limits
    self.strict = strict
  }

  package init(_ bytes: [UInt8], limits: CBORLimits = CBORLimits(), strict: Bool = true) {
    self.init(bytes[...], limits: limits, strict: strict)
  }

  /// Counted from the first byte.
  package var offset: Int { position - buffer.startIndex }

  package var isAtEnd: Bool { position == buffer.endIndex }

  var remaining: Int { buffer.endIndex - position }

  package func error(_ kind: CBORError.Kind, at offset: Int? = nil) -> CBORError {
    CBORError(kind, offset: offset ?? self.offset)
  }

  package func requireEnd() throws(CBORError) {
    if !isAtEnd { throw error(.trailingBytes) }
  }

  /// What comes next, without reading it; nil at the end.
  package func peek() throws(CBORError) -> CBORKind? {
    guard position < buffer.endIndex else { return nil }
    guard let kind = CBORKind(initialByte: buffer[position]) else { throw error(.malformed) }
    return kind
  }

  /// Reads one head. Of a definite string it leaves the content, which is there, to `take`.
  package mutating func readHead() throws(CBORError) -> CBORHead {
    let decoded: HeadDecoder.Decoded
    switch buffer[position...].withUnsafeBufferPointer({ HeadDecoder.decode($0) }) {
    case .success(let value): decoded = value
    case .failure(.truncated): throw error(.truncated)
    case .failure(.malformed): throw error(.malformed)
    }
    if strict {
      let deterministic = Determinism.holds(
        decoded.head, initialByte: buffer[position],
        nanIsCanonical: buffer[position..<position + decoded.length].elementsEqual([0xf9, 0x7e, 0x00]))
      if !deterministic { throw error(.notDeterministic) }
    }
    guard items < limits.maximumItems else { throw error(.tooManyItems) }
    items += 1
    switch decoded.head {
    case .bytes(let length), .text(let length):
      guard length <= limits.maximumString else { throw error(.stringTooLong) }
      position += decoded.length - length
    default:
      position += decoded.length
    }
    return decoded.head
  }

  /// The content of a string whose head was just read.
  mutating func take(_ length: Int) throws(CBORError) -> ArraySlice<UInt8> {
    guard length <= remaining else { throw error(.truncated) }
    defer { position += length }
    return buffer[position..<position + length]
  }

  mutating func enterContainer(at start: Int) throws(CBORError) {
    guard depth < limits.maximumDepth else { throw error(.tooDeep, at: start) }
    depth += 1
  }

  /// Ends the array or map whose header was read last and whose items have been read.
  package mutating func endContainer() {
    assert(depth > 0, "no array or map is open")
    depth -= 1
  }
}
