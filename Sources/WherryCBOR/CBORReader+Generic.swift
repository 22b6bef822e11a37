/// Reads the keys of a map whose keys are small integers: ascending, each once.
package struct CBORFields {
  private let type: String
  private var left: Int
  private var previous: UInt64?

  /// - Parameter type: the map's name, for errors.
  package init(of type: String, from reader: inout CBORReader) throws(CBORError) {
    self.type = type
    left = try reader.readMapHeader()
  }

  /// The next key; the caller reads or skips its value. Nil, and the map ended, after the last.
  package mutating func next(_ reader: inout CBORReader) throws(CBORError) -> UInt64? {
    guard left > 0 else {
      reader.endContainer()
      return nil
    }
    left -= 1
    let start = reader.offset
    let key = try reader.readUInt()
    if let previous, key <= previous {
      throw reader.error(key == previous ? .duplicateKey : .unsortedKey, at: start)
    }
    previous = key
    return key
  }

  package func missing(_ field: String, _ reader: CBORReader) -> CBORError {
    reader.error(.missingField(field, of: type))
  }
}

extension CBORReader {
  /// The usual kind of array. Not generic, so that its code is made here for this very type.
  package mutating func readArray(
    of type: String.Type = String.self, minimum: Int = 0
  ) throws(CBORError) -> [String] {
    try readArray(minimum) { (reader: inout CBORReader) throws(CBORError) in try reader.readText() }
  }

  package mutating func readArray<Element: CBORDecodable>(
    of type: Element.Type = Element.self, minimum: Int = 0
  ) throws(CBORError) -> [Element] {
    try readArray(minimum) { (reader: inout CBORReader) throws(CBORError) in try Element(from: &reader) }
  }

  /// Grows with what is there, never with what is declared.
  private mutating func readArray<Element>(
    _ minimum: Int, _ readElement: (inout CBORReader) throws(CBORError) -> Element
  ) throws(CBORError) -> [Element] {
    let start = offset
    let count = try readArrayHeader()
    guard count >= minimum else { throw error(.emptyArray, at: start) }
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try readElement(&self)) }
    endContainer()
    return elements
  }

  /// The usual kind of dictionary: labels. Not generic, so that its code is made here for this very type.
  package mutating func readDictionary(of type: String.Type = String.self) throws(CBORError) -> [String:
    String]
  {
    try readDictionary { (reader: inout CBORReader) throws(CBORError) in try reader.readText() }
  }

  package mutating func readDictionary<Value: CBORDecodable>(
    of type: Value.Type = Value.self
  ) throws(CBORError) -> [String: Value] {
    try readDictionary { (reader: inout CBORReader) throws(CBORError) in try Value(from: &reader) }
  }

  package mutating func readDictionary<Value: CBORDecodable>(
    ofArraysOf type: Value.Type = Value.self
  ) throws(CBORError) -> [String: [Value]] {
    try readDictionary { (reader: inout CBORReader) throws(CBORError) in try reader.readArray(of: Value.self)
    }
  }

  private mutating func readDictionary<Value>(
    _ readValue: (inout CBORReader) throws(CBORError) -> Value
  ) throws(CBORError) -> [String: Value] {
    let count = try readMapHeader()
    var dictionary: [String: Value] = [:]
    var previous: Range<Int>?
    for _ in 0..<count {
      let start = position
      let key = try readText()
      let place = start..<position
      if strict, let previous { try checkOrder(previous, place) }
      previous = place
      // Two spellings of one text in Unicode's sense are one key in Swift.
      if dictionary.updateValue(try readValue(&self), forKey: key) != nil {
        throw error(.duplicateKey, at: start - buffer.startIndex)
      }
    }
    endContainer()
    return dictionary
  }
}
