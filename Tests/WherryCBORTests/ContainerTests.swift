import Testing
import WherryCBOR

/// Arrays, dictionaries, and maps with small integers as keys.
struct ContainerTests {
  private func keys(_ hex: String) throws(CBORError) -> [UInt64] {
    var reader = CBORReader(bytes(hex))
    var fields = try CBORFields(of: "thing", from: &reader)
    var keys: [UInt64] = []
    while let key = try fields.next(&reader) {
      keys.append(key)
      try reader.skip()
    }
    try reader.requireEnd()
    return keys
  }

  @Test func fieldsAreReadInTheirOrder() throws {
    #expect(try keys("a0") == [])
    #expect(try keys("a3 00 8100 17 6161 1818 f6") == [0, 23, 24])
  }

  @Test(arguments: [
    ("a2 01 00 01 00", CBORError.Kind.duplicateKey, 3), ("a2 02 00 01 00", .unsortedKey, 3),
    ("a1 20 00", .unexpected(.negative, wanted: .unsigned), 1),
    ("a1 6161 00", .unexpected(.text, wanted: .unsigned), 1),
    ("a2 01 00", .truncated, 0), ("a1 01", .truncated, 0), ("a1 1801 00", .notDeterministic, 1),
    ("bf 01 00 ff", .notDeterministic, 0),
  ])
  func keysThatDoNotAscendAreRefused(hex: String, kind: CBORError.Kind, offset: Int) {
    #expect(throws: CBORError(kind, offset: offset)) { try keys(hex) }
  }

  @Test func aMissingFieldIsNamed() throws {
    var reader = CBORReader(bytes("a0"))
    let fields = try CBORFields(of: "mount", from: &reader)
    #expect(fields.missing("target", reader).description == "mount has no target at byte 1")
  }

  @Test func arraysAreReadAndWritten() throws {
    var reader = CBORReader(bytes("82 6161 60"))
    let texts = try reader.readArray(of: String.self)
    #expect(texts == ["a", ""])
    var writer = CBORWriter()
    writer.writeArray(texts)
    #expect(writer.bytes == bytes("82 6161 60"))
  }

  @Test func anArrayMayHaveAMinimum() throws {
    var reader = CBORReader(bytes("80"))
    #expect(throws: CBORError(.emptyArray, offset: 0)) { try reader.readArray(of: String.self, minimum: 1) }
    reader = CBORReader(bytes("8101"))
    #expect(try reader.readArray(of: UInt64.self, minimum: 1) == [1])
  }

  @Test func dictionariesAreWrittenInTheOrderOfTheirEncodings() throws {
    var writer = CBORWriter()
    writer.writeDictionary(["b": "1", "aa": "2", "": "3", "ü": "4"])
    #expect(writer.bytes == bytes("a4 60 6133 6162 6131 626161 6132 62c3bc 6134"))
    var reader = CBORReader(writer.bytes)
    #expect(try reader.readDictionary(of: String.self) == ["b": "1", "aa": "2", "": "3", "ü": "4"])
  }

  @Test func dictionariesOfArraysAreReadAndWritten() throws {
    var writer = CBORWriter()
    writer.writeDictionary(["a": ["1", "2"], "b": []])
    #expect(writer.bytes == bytes("a2 6161 82 6131 6132 6162 80"))
    var reader = CBORReader(writer.bytes)
    #expect(try reader.readDictionary(ofArraysOf: String.self) == ["a": ["1", "2"], "b": []])
  }

  @Test(arguments: [
    ("a2 6161 60 6161 60", CBORError.Kind.duplicateKey), ("a2 6162 60 6161 60", .unsortedKey),
    ("a2 626161 60 6162 60", .unsortedKey),
  ])
  func dictionariesOutOfOrderAreRefused(hex: String, kind: CBORError.Kind) {
    var reader = CBORReader(bytes(hex))
    let error = #expect(throws: CBORError.self) { try reader.readDictionary(of: String.self) }
    #expect(error?.kind == kind)
  }

  /// e with an accent, as one scalar and as two: Swift holds them equal, the encoding does not.
  @Test func twoSpellingsOfOneTextAreOneKey() {
    var reader = CBORReader(bytes("a2 62c3a9 60 6365cc81 60"))
    #expect(throws: CBORError(.duplicateKey, offset: 5)) { try reader.readDictionary(of: String.self) }
  }
}
