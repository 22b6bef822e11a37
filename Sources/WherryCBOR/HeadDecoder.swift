import CLibCBOR

/// One call of libcbor's stateless decoder, its one callback captured.
///
/// `cbor_stream_decode` reads one head and, for a definite string, checks that the whole
/// string is in the buffer; it allocates nothing. Its callbacks' length arguments are
/// `size_t` in libcbor 0.8 and `uint64_t` in 0.10, so closures leave that type to inference.
enum HeadDecoder {
  struct Decoded {
    var head: CBORHead
    /// Bytes of the head and of a definite string's content.
    var length: Int
  }

  static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Decoded, Failure> {
    guard let base = bytes.baseAddress, let first = bytes.first else { return .failure(.truncated) }
    if let decoded = unassigned(first, bytes) { return decoded }
    var captured: CBORHead?
    let result = withUnsafeMutablePointer(to: &captured) {
      cbor_stream_decode(base, bytes.count, callbacks, $0)
    }
    if result.status == CBOR_DECODER_NEDATA { return .failure(.truncated) }
    guard result.status == CBOR_DECODER_FINISHED, let captured else { return .failure(.malformed) }
    return .success(Decoded(head: captured, length: result.read))
  }

  enum Failure: Error {
    case truncated
    case malformed
  }

  /// The heads which are CBOR but have no meaning assigned, which libcbor refuses: simple values
  /// (RFC 8949 section 3.3) and tags 6 to 20 (section 3.4).
  private static func unassigned(
    _ first: UInt8, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Result<Decoded, Failure>? {
    switch first {
    case 0xc6...0xd4:
      return .success(Decoded(head: .tag(UInt64(first & 0x1f)), length: 1))
    case 0xe0...0xf3:
      return .success(Decoded(head: .simple(first & 0x1f), length: 1))
    case 0xf8:
      guard bytes.count > 1 else { return .failure(.truncated) }
      guard bytes[1] >= 32 else { return .failure(.malformed) }
      return .success(Decoded(head: .simple(bytes[1]), length: 2))
    default:
      return nil
    }
  }

  /// Written once, then only read; libcbor wants a pointer, so it is never freed.
  nonisolated(unsafe) private static let callbacks: UnsafePointer<cbor_callbacks> = {
    let table = UnsafeMutablePointer<cbor_callbacks>.allocate(capacity: 1)
    table.initialize(to: makeCallbacks())
    return UnsafePointer(table)
  }()

  private static func makeCallbacks() -> cbor_callbacks {
    var table = cbor_callbacks()
    table.uint8 = { capture($0, .unsigned(UInt64($1))) }
    table.uint16 = { capture($0, .unsigned(UInt64($1))) }
    table.uint32 = { capture($0, .unsigned(UInt64($1))) }
    table.uint64 = { capture($0, .unsigned($1)) }
    table.negint8 = { capture($0, .negative(UInt64($1))) }
    table.negint16 = { capture($0, .negative(UInt64($1))) }
    table.negint32 = { capture($0, .negative(UInt64($1))) }
    table.negint64 = { capture($0, .negative($1)) }
    table.byte_string = { capture($0, .bytes(length: Int(truncatingIfNeeded: $2))) }
    table.byte_string_start = { capture($0, .indefiniteBytes) }
    table.string = { capture($0, .text(length: Int(truncatingIfNeeded: $2))) }
    table.string_start = { capture($0, .indefiniteText) }
    table.array_start = { capture($0, .array(count: UInt64(truncatingIfNeeded: $1))) }
    table.indef_array_start = { capture($0, .indefiniteArray) }
    table.map_start = { capture($0, .map(count: UInt64(truncatingIfNeeded: $1))) }
    table.indef_map_start = { capture($0, .indefiniteMap) }
    table.tag = { capture($0, .tag($1)) }
    table.float2 = { capture($0, .float(Double($1))) }
    table.float4 = { capture($0, .float(Double($1))) }
    table.float8 = { capture($0, .float($1)) }
    table.undefined = { capture($0, .undefined) }
    table.null = { capture($0, .null) }
    table.boolean = { capture($0, .bool($1)) }
    table.indef_break = { capture($0, .end) }
    return table
  }
}

/// Not a method: a C function pointer captures nothing, not even a type.
private func capture(_ context: UnsafeMutableRawPointer?, _ head: CBORHead) {
  context?.assumingMemoryBound(to: CBORHead?.self).pointee = head
}
