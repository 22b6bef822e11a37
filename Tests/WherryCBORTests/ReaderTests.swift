import Testing
import WherryCBOR

struct ReaderTests {
  @Test func valuesAreReadOneAfterAnother() throws {
    var reader = CBORReader(bytes("18ff 38ff f5 f6 f93e00 6161 4201ff 8100 a10001"))
    #expect(try reader.readUInt() == 255)
    #expect(try reader.readInt() == -256)
    #expect(try reader.readBool())
    try reader.readNull()
    #expect(try reader.readDouble() == 1.5)
    #expect(try reader.readText() == "a")
    #expect(try reader.readBytes() == [1, 255])
    #expect(try reader.readArrayHeader() == 1)
    #expect(try reader.readUInt() == 0)
    reader.endContainer()
    #expect(try reader.readMapHeader() == 1)
    #expect(try reader.readUInt() == 0)
    #expect(try reader.readUInt() == 1)
    reader.endContainer()
    #expect(reader.isAtEnd)
    try reader.requireEnd()
  }

  @Test(arguments: [
    ("1b7fffffffffffffff", Int64.max), ("3b7fffffffffffffff", Int64.min), ("00", 0), ("20", -1),
    ("3903e7", -1000),
  ])
  func integersAreReadUpToTheirBounds(hex: String, value: Int64) throws {
    var reader = CBORReader(bytes(hex))
    #expect(try reader.readInt() == value)
  }

  @Test(arguments: ["1b8000000000000000", "3b8000000000000000", "3bffffffffffffffff"])
  func integersBeyondTheirBoundsAreRefused(hex: String) {
    var reader = CBORReader(bytes(hex))
    #expect(throws: CBORError(.integerOutOfRange, offset: 0)) { try reader.readInt() }
  }

  @Test func anotherTypeIsRefusedAndNamed() {
    var reader = CBORReader(bytes("6161"))
    let error = #expect(throws: CBORError.self) { try reader.readUInt() }
    #expect(error?.kind == .unexpected(.text, wanted: .unsigned))
    #expect(error?.description == "unsigned integer expected, found text at byte 0")
    reader = CBORReader(bytes("20"))
    #expect(throws: CBORError(.unexpected(.negative, wanted: .unsigned), offset: 0)) { try reader.readUInt() }
    reader = CBORReader(bytes("f5"))
    #expect(throws: CBORError(.unexpected(.bool, wanted: .null), offset: 0)) { try reader.readNull() }
    reader = CBORReader(bytes("f6"))
    #expect(throws: CBORError(.unexpected(.null, wanted: .bool), offset: 0)) { try reader.readBool() }
    reader = CBORReader(bytes("a0"))
    #expect(throws: CBORError(.unexpected(.map, wanted: .array), offset: 0)) { try reader.readArrayHeader() }
    reader = CBORReader(bytes("80"))
    #expect(throws: CBORError(.unexpected(.array, wanted: .map), offset: 0)) { try reader.readMapHeader() }
    reader = CBORReader(bytes("40"))
    #expect(throws: CBORError(.unexpected(.bytes, wanted: .text), offset: 0)) { try reader.readText() }
  }

  @Test func aSliceIsReadFromItsOwnStart() throws {
    let slice = bytes("ffff 6161 6162 ffff")[2..<6]
    var reader = CBORReader(slice)
    #expect(try reader.readText() == "a")
    #expect(reader.offset == 2)
    #expect(try reader.readRaw() == slice[4...])
    #expect(throws: CBORError(.truncated, offset: 4)) { try reader.readUInt() }
  }

  @Test func bytesAfterTheLastItemAreRefused() throws {
    var reader = CBORReader(bytes("0000"))
    _ = try reader.readUInt()
    #expect(throws: CBORError(.trailingBytes, offset: 1)) { try reader.requireEnd() }
    #expect(throws: CBORError(.trailingBytes, offset: 1)) { try UInt64(cbor: bytes("0000")) }
  }

  @Test func peekReadsNothing() throws {
    let reader = CBORReader(bytes("c1f4"))
    #expect(try reader.peek() == .tag)
    #expect(reader.offset == 0)
    #expect(try CBORReader([]).peek() == nil)
    #expect(throws: CBORError(.malformed, offset: 0)) { try CBORReader([0x1c]).peek() }
  }

  @Test func aLenientReaderJoinsChunks() throws {
    var reader = CBORReader(bytes("7f6161616260ff 5f4101420203ff"), strict: false)
    #expect(try reader.readText() == "ab")
    #expect(try reader.readBytes() == [1, 2, 3])
    #expect(reader.isAtEnd)
  }

  @Test func anIndefiniteArrayHasNoCount() {
    var reader = CBORReader(bytes("9fff"), strict: false)
    #expect(throws: CBORError(.notDeterministic, offset: 0)) { try reader.readArrayHeader() }
  }
}
