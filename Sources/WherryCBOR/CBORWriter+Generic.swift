extension CBORWriter {
  @inlinable
  package mutating func writeArray(_ elements: [some CBOREncodable]) {
    writeArrayHeader(elements.count)
    for element in elements { element.encode(to: &self) }
  }

  @inlinable
  package mutating func writeDictionary(_ dictionary: [String: some CBOREncodable]) {
    writeMapHeader(dictionary.count)
    for key in dictionary.keys.sorted(by: CBORWriter.encodingAscends) {
      writeText(key)
      dictionary[key]?.encode(to: &self)
    }
  }

  @inlinable
  package mutating func writeDictionary(_ dictionary: [String: [some CBOREncodable]]) {
    writeMapHeader(dictionary.count)
    for key in dictionary.keys.sorted(by: CBORWriter.encodingAscends) {
      writeText(key)
      writeArray(dictionary[key] ?? [])
    }
  }

  /// The bytewise order of encoded texts: their heads ascend with their lengths.
  package static func encodingAscends(_ left: String, _ right: String) -> Bool {
    let (first, second) = (left.utf8, right.utf8)
    if first.count != second.count { return first.count < second.count }
    return first.lexicographicallyPrecedes(second)
  }

  // A field of a map whose keys are small integers. Nothing is written for nil.

  @inlinable
  package mutating func writeField(_ key: UInt64, _ value: (some CBOREncodable)?) {
    guard let value else { return }
    writeUInt(key)
    value.encode(to: &self)
  }

  @inlinable
  package mutating func writeField(_ key: UInt64, _ value: [UInt8]?) {
    guard let value else { return }
    writeUInt(key)
    writeBytes(value)
  }

  @inlinable
  package mutating func writeField(_ key: UInt64, _ value: [some CBOREncodable]?) {
    guard let value else { return }
    writeUInt(key)
    writeArray(value)
  }

  @inlinable
  package mutating func writeField(_ key: UInt64, _ value: [String: some CBOREncodable]?) {
    guard let value else { return }
    writeUInt(key)
    writeDictionary(value)
  }

  @inlinable
  package mutating func writeField(_ key: UInt64, _ value: [String: [some CBOREncodable]]?) {
    guard let value else { return }
    writeUInt(key)
    writeDictionary(value)
  }

  /// A value that is encoded already.
  @inlinable
  package mutating func writeRawField(_ key: UInt64, _ value: [UInt8]?) {
    guard let value else { return }
    writeUInt(key)
    writeRaw(value)
  }
}
