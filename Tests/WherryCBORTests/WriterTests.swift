import Testing
import WherryCBOR

struct WriterTests {
  private func written(_ write: (inout CBORWriter) -> Void) -> [UInt8] {
    var writer = CBORWriter()
    write(&writer)
    return writer.bytes
  }

  @Test(arguments: [
    (0, "00"), (23, "17"), (24, "1818"), (255, "18ff"), (256, "190100"), (65535, "19ffff"),
    (65536, "1a00010000"),
    (4_294_967_295, "1affffffff"), (4_294_967_296, "1b0000000100000000"), (UInt64.max, "1bffffffffffffffff"),
  ])
  func headsAreShortest(value: UInt64, hex: String) {
    #expect(written { $0.writeUInt(value) } == bytes(hex))
  }

  @Test(arguments: [
    (0, "00"), (-1, "20"), (-24, "37"), (-25, "3818"), (Int64.max, "1b7fffffffffffffff"),
    (Int64.min, "3b7fffffffffffffff"),
  ])
  func negativeIntegersAreWritten(value: Int64, hex: String) {
    #expect(written { $0.writeInt(value) } == bytes(hex))
    #expect(value.cbor == bytes(hex))
  }

  @Test(arguments: [
    (0.0, "f90000"), (-0.0, "f98000"), (1.5, "f93e00"), (65504, "f97bff"), (65505, "fa477fe100"),
    (100_000, "fa47c35000"),
    (0.1, "fb3fb999999999999a"), (5.960464477539063e-8, "f90001"), (0x1p-25, "fa33000000"),
    (1e300, "fb7e37e43c8800759c"), (.infinity, "f97c00"), (-.infinity, "f9fc00"), (.nan, "f97e00"),
    (6.097555160522461e-5, "f903ff"), (1.401298464324817e-45, "fa00000001"),
    (.leastNonzeroMagnitude, "fb0000000000000001"),
  ])
  func floatsAreShortest(value: Double, hex: String) throws {
    let encoded = written { $0.writeDouble(value) }
    #expect(encoded == bytes(hex))
    var reader = CBORReader(encoded)
    let read = try reader.readDouble()
    #expect(read == value && read.sign == value.sign || read.isNaN && value.isNaN)
  }

  /// Every half there is, by way of its double.
  @Test func everyHalfComesBack() throws {
    for pattern in UInt16.min...UInt16.max {
      let half = Float16(bitPattern: pattern)
      let encoded = written { $0.writeDouble(Double(half)) }
      let expected = half.isNaN ? 0x7e00 : pattern
      #expect(encoded == [0xf9, UInt8(expected >> 8), UInt8(expected & 0xff)])
      var reader = CBORReader(encoded)
      #expect(try reader.readDouble().bitPattern == Double(Float16(bitPattern: expected)).bitPattern)
    }
  }

  @Test func textsAndBytesAreWritten() {
    #expect("水".cbor == bytes("63e6b0b4"))
    #expect(written { $0.writeBytes([1, 2]) } == bytes("420102"))
    #expect(written { $0.writeBytes([UInt8](repeating: 7, count: 24)) }.prefix(3) == bytes("581807")[...])
    #expect(written { $0.writeText(String(repeating: "a", count: 256)) }.prefix(4) == bytes("79010061")[...])
  }

  @Test func simpleValuesAreWritten() {
    #expect(written { $0.writeBool(true) } + written { $0.writeBool(false) } == bytes("f5f4"))
    #expect(written { $0.writeNull() } == bytes("f6"))
    #expect(true.cbor == bytes("f5"))
  }

  @Test func collectionsAreWritten() {
    #expect(written { $0.writeArray(["b", "c"]) } == bytes("82 6162 6163"))
    #expect(written { $0.writeDictionary(["c": "d"]) } == bytes("a1 6163 6164"))
    #expect(written { $0.writeDictionary(["e": ["f"]]) } == bytes("a1 6165 81 6166"))
    #expect(written { $0.writeRaw([0xf6]) } == bytes("f6"))
  }
}
