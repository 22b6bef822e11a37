import CLibCBOR

/// Writes CBOR in deterministic encoding (RFC 8949 section 4.2), item by item.
///
/// Whoever writes an array or a map writes as many items as its header says, and a map's
/// keys in the bytewise order of their encodings.
package struct CBORWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// With room for so many bytes, where it is known how many there will be.
  package init(capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  package mutating func writeUInt(_ value: UInt64) {
    writeHead { cbor_encode_uint(value, $0, $1) }
  }

  package mutating func writeInt(_ value: Int64) {
    let magnitude = UInt64(bitPattern: value < 0 ? ~value : value)
    writeHead { value < 0 ? cbor_encode_negint(magnitude, $0, $1) : cbor_encode_uint(magnitude, $0, $1) }
  }

  package mutating func writeBool(_ value: Bool) {
    writeHead { cbor_encode_bool(value, $0, $1) }
  }

  package mutating func writeNull() {
    writeHead { cbor_encode_null($0, $1) }
  }

  /// The shortest float that is `value`; every NaN is written as the quiet one without payload.
  package mutating func writeDouble(_ value: Double) {
    switch Determinism.floatInformation(value) {
    case 25:
      // Not cbor_encode_half: in libcbor 0.8 it drops low bits of subnormal numbers.
      let pattern = value.isNaN ? 0x7e00 : Float16(value).bitPattern
      bytes += [0xf9, UInt8(pattern >> 8), UInt8(pattern & 0xff)]
    case 26:
      writeHead { cbor_encode_single(Float(value), $0, $1) }
    default:
      writeHead { cbor_encode_double(value, $0, $1) }
    }
  }

  package mutating func writeText(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      writeHead { cbor_encode_string_start(utf8.count, $0, $1) }
      bytes.append(contentsOf: utf8)
    }
  }

  package mutating func writeBytes(_ content: some Collection<UInt8>) {
    writeHead { cbor_encode_bytestring_start(content.count, $0, $1) }
    bytes.append(contentsOf: content)
  }

  package mutating func writeArrayHeader(_ count: Int) {
    writeHead { cbor_encode_array_start(count, $0, $1) }
  }

  package mutating func writeMapHeader(_ count: Int) {
    writeHead { cbor_encode_map_start(count, $0, $1) }
  }

  /// The head of any item of definite length; of a string, its content is yet to be written.
  package mutating func writeHead(_ head: CBORHead) {
    switch head {
    case .unsigned(let value): writeHead { cbor_encode_uint(value, $0, $1) }
    case .negative(let value): writeHead { cbor_encode_negint(value, $0, $1) }
    case .bytes(let length): writeHead { cbor_encode_bytestring_start(length, $0, $1) }
    case .text(let length): writeHead { cbor_encode_string_start(length, $0, $1) }
    case .array(let count): writeHead { cbor_encode_array_start(Int(clamping: count), $0, $1) }
    case .map(let count): writeHead { cbor_encode_map_start(Int(clamping: count), $0, $1) }
    case .tag(let number): writeHead { cbor_encode_tag(number, $0, $1) }
    case .bool(let value): writeHead { cbor_encode_bool(value, $0, $1) }
    case .null: writeHead { cbor_encode_null($0, $1) }
    case .undefined: writeHead { cbor_encode_undef($0, $1) }
    case .simple(let value): writeHead { cbor_encode_ctrl(value, $0, $1) }
    case .float(let value): writeDouble(value)
    case .indefiniteBytes, .indefiniteText, .indefiniteArray, .indefiniteMap, .end:
      assertionFailure("an indefinite length is not deterministic")
    }
  }

  /// Items that are encoded already.
  package mutating func writeRaw(_ items: some Collection<UInt8>) {
    bytes.append(contentsOf: items)
  }

  /// A head takes nine bytes at most.
  private mutating func writeHead(_ encode: (UnsafeMutablePointer<UInt8>, Int) -> Int) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 9) { scratch in
      guard let base = scratch.baseAddress else { return }
      let length = encode(base, scratch.count)
      bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: min(length, scratch.count)))
    }
  }
}
