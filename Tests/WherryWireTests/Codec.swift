import WherryCBOR

/// One generated type with two of its values, for tests that treat every type alike.
struct Codec: Sendable {
  let name: String
  /// A value with every field, encoded.
  let full: [UInt8]
  /// A value with no field it can do without, encoded.
  let least: [UInt8]
  /// Decodes, and encodes again.
  let roundTrip: @Sendable ([UInt8]) throws(CBORError) -> [UInt8]
  /// Whether decoding what `full` and `least` are encoded as gives the very values.
  let comesBack: Bool
  /// What is wrong with how any bytes are decoded and encoded again.
  let fault: @Sendable ([UInt8]) -> String?

  init<Value: CBORDecodable & CBOREncodable & Equatable & Sendable>(_ name: String, full: Value, least: Value)
  {
    self.name = name
    self.full = full.cbor
    self.least = least.cbor
    fault = { Codec.fault(Value.self, $0) }
    roundTrip = { bytes throws(CBORError) in try Value(cbor: bytes).cbor }
    do {
      comesBack = try Value(cbor: full.cbor) == full && Value(cbor: least.cbor) == least
    } catch {
      comesBack = false
    }
  }
}

/// A map's keys and values, each encoded.
struct RawMap {
  var pairs: [(key: [UInt8], value: [UInt8])] = []

  init(_ bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    for _ in 0..<(try reader.readMapHeader()) {
      pairs.append((Array(try reader.readRaw()), Array(try reader.readRaw())))
    }
  }

  var bytes: [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(pairs.count)
    for pair in pairs {
      writer.writeRaw(pair.key)
      writer.writeRaw(pair.value)
    }
    return writer.bytes
  }
}
