extension CBORWriter {
  package mutating func writeArray(_ elements: [some CBOREncodable]) {
    writeArrayHeader(elements.count)
    for element in elements { element.encode(to: &self) }
  }

  /// The usual kind of dictionary: labels. Not generic, so that its code is made here for this very type.
  package mutating func writeDictionary(_ dictionary: [String: String]) {
    writeMapHeader(dictionary.count)
    for (key, value) in dictionary.sorted(by: { Self.encodingAscends($0.key, $1.key) }) {
      writeText(key)
      writeText(value)
    }
  }

  package mutating func writeDictionary(_ dictionary: [String: some CBOREncodable]) {
    writeMapHeader(dictionary.count)
    for key in dictionary.keys.sorted(by: CBORWriter.encodingAscends) {
      writeText(key)
      dictionary[key]?.encode(to: &self)
    }
  }

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
}
