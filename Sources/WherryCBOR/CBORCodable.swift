package protocol CBORDecodable {
  init(from reader: inout CBORReader) throws(CBORError)
}

package protocol CBOREncodable {
  func encode(to writer: inout CBORWriter)
}

package typealias CBORCodable = CBORDecodable & CBOREncodable

extension CBORDecodable {
  /// From bytes that hold one value and nothing else, in deterministic encoding.
  package init(cbor bytes: ArraySlice<UInt8>, limits: CBORLimits = CBORLimits()) throws(CBORError) {
    var reader = CBORReader(bytes, limits: limits)
    try self.init(from: &reader)
    try reader.requireEnd()
  }

  package init(cbor bytes: [UInt8], limits: CBORLimits = CBORLimits()) throws(CBORError) {
    try self.init(cbor: bytes[...], limits: limits)
  }
}

extension CBOREncodable {
  package var cbor: [UInt8] {
    var writer = CBORWriter()
    encode(to: &writer)
    return writer.bytes
  }
}

/// A named number: one that this version has no name for survives.
package protocol CBOREnumeration: RawRepresentable<UInt64>, CBORDecodable, CBOREncodable, Hashable, Sendable {
  init(rawValue: UInt64)
}

extension CBOREnumeration {
  package init(from reader: inout CBORReader) throws(CBORError) {
    self.init(rawValue: try reader.readUInt())
  }

  package func encode(to writer: inout CBORWriter) {
    writer.writeUInt(rawValue)
  }
}
