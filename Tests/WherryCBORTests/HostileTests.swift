import Testing

@testable import WherryCBOR

/// CASES.md D4: depth, size, duplicates, indefinite lengths.
struct HostileTests {
  private func nested(_ initialByte: UInt8, _ depth: Int, around inner: [UInt8] = [0]) -> [UInt8] {
    [UInt8](repeating: initialByte, count: depth) + inner
  }

  private func skipError(_ bytes: [UInt8], strict: Bool = true, limits: CBORLimits = CBORLimits())
    -> CBORError?
  {
    var reader = CBORReader(bytes, limits: limits, strict: strict)
    do {
      try reader.skip()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [0x81, 0xc1, 0x9f] as [UInt8])
  func sixteenLevelsAreReadAndSeventeenRefused(initialByte: UInt8) {
    let ends = { (depth: Int) in initialByte == 0x9f ? [0] + [UInt8](repeating: 0xff, count: depth) : [0] }
    #expect(skipError(nested(initialByte, 16, around: ends(16)), strict: false) == nil)
    #expect(
      skipError(nested(initialByte, 17, around: ends(17)), strict: false) == CBORError(.tooDeep, offset: 16))
  }

  @Test func mapsCountAsLevels() {
    let maps = { (depth: Int) in [[UInt8]](repeating: [0xa1, 0x00], count: depth).flatMap(\.self) + [0] }
    #expect(skipError(maps(16)) == nil)
    #expect(skipError(maps(17)) == CBORError(.tooDeep, offset: 32))
  }

  @Test func headersReadOneByOneCountAsLevels() throws {
    var reader = CBORReader(nested(0x81, 17))
    for _ in 0..<16 { #expect(try reader.readArrayHeader() == 1) }
    #expect(throws: CBORError(.tooDeep, offset: 16)) { try reader.readArrayHeader() }
  }

  @Test func endedContainersDoNotCountAsLevels() throws {
    var reader = CBORReader([UInt8](repeating: 0x80, count: 100))
    for _ in 0..<100 {
      #expect(try reader.readArrayHeader() == 0)
      reader.endContainer()
    }
  }

  @Test func aHundredThousandArraysAreRefusedAtTheSeventeenth() {
    #expect(skipError(nested(0x81, 100_000)) == CBORError(.tooDeep, offset: 16))
    #expect(skipError(nested(0xd8, 100_000), strict: false)?.kind == .tooDeep)
  }

  @Test(arguments: [
    "9b7fffffffffffffff", "9bffffffffffffffff", "9b0000000100000000", "bb7fffffffffffffff",
    "bb8000000000000000",
    "bbffffffffffffffff", "5b7fffffffffffffff", "5bffffffffffffffff", "7b7fffffffffffffff",
    "7bffffffffffffffff",
    "7bfffffffffffffff7", "9affffffff", "baffffffff", "5affffffff", "7affffffff",
  ])
  func aHugeDeclaredLengthIsATruncatedItem(hex: String) {
    for tail in [0, 1, 100] {
      let data = bytes(hex) + [UInt8](repeating: 0, count: tail)
      #expect(skipError(data)?.kind == .truncated)
      #expect(skipError(data, strict: false)?.kind == .truncated)
      var reader = CBORReader(data)
      switch data[0] >> 5 {
      case 2: #expect(throws: CBORError(.truncated, offset: 0)) { try reader.readBytes() }
      case 3: #expect(throws: CBORError(.truncated, offset: 0)) { try reader.readText() }
      case 4: #expect(throws: CBORError(.truncated, offset: 0)) { try reader.readArray(of: String.self) }
      default:
        #expect(throws: CBORError(.truncated, offset: 0)) { try reader.readDictionary(of: String.self) }
      }
    }
  }

  @Test func indefiniteStringsOfManyChunks() {
    let chunks = [UInt8](repeating: 0x60, count: 1_000_000)
    let text = [0x7f] + chunks + [0xff]
    #expect(skipError(text) == CBORError(.notDeterministic, offset: 0))
    #expect(skipError(text, strict: false) == nil)
    let limits = CBORLimits(maximumItems: 1000)
    #expect(skipError(text, strict: false, limits: limits) == CBORError(.tooManyItems, offset: 1000))
  }

  @Test func joinedChunksStayWithinTheLimitOfAString() throws {
    let bytes = [0x5f] + [[UInt8]](repeating: [0x43, 1, 2, 3], count: 4).flatMap(\.self) + [0xff]
    var reader = CBORReader(bytes, limits: CBORLimits(maximumString: 12), strict: false)
    #expect(try reader.readBytes().count == 12)
    reader = CBORReader(bytes, limits: CBORLimits(maximumString: 11), strict: false)
    #expect(throws: CBORError(.stringTooLong, offset: 13)) { try reader.readBytes() }
  }

  @Test(arguments: ["5f6161ff", "7f4161ff", "5f01ff", "5f5f4101ffff", "7f7f6161ffff", "5fa0ff", "5fc04101ff"])
  func chunksOfAnotherTypeAreNotCBOR(hex: String) {
    #expect(skipError(bytes(hex), strict: false)?.kind == .malformed)
    var reader = CBORReader(bytes(hex), strict: false)
    if hex.hasPrefix("5f") {
      #expect(throws: CBORError.self) { try reader.readBytes() }
    } else {
      #expect(throws: CBORError.self) { try reader.readText() }
    }
  }

  @Test(arguments: ["ff", "81ff", "a1ff", "a100ff", "bf00ff", "c1ff", "8200ff", "9f81ff"])
  func aMisplacedBreakIsNotCBOR(hex: String) {
    #expect(skipError(bytes(hex + "0000"), strict: false)?.kind == .malformed)
  }

  @Test(arguments: [
    "1c", "1d", "1e", "1f", "3c", "3f", "5c", "7d", "9e", "bc", "dc", "df", "fc", "fd", "fe", "f800", "f818",
    "f81f",
  ])
  func reservedHeadsAreNotCBOR(hex: String) {
    let padded = bytes(hex) + [UInt8](repeating: 0, count: 32)
    #expect(skipError(padded) == CBORError(.malformed, offset: 0))
    #expect(skipError(padded, strict: false) == CBORError(.malformed, offset: 0))
  }

  @Test(arguments: [
    "1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3800", "5800", "7801", "980100", "b800", "d80100",
    "fa3f800000", "fb3ff0000000000000", "fb3ff8000000000000", "f97e01", "fa7fc00001", "fb7ff8000000000001",
  ])
  func longerFormsAreNotDeterministic(hex: String) {
    #expect(skipError(bytes(hex) + bytes("6100")) == CBORError(.notDeterministic, offset: 0))
    #expect(skipError(bytes(hex) + bytes("6100"), strict: false) == nil)
  }

  @Test(arguments: [
    ("a200000000", true), ("a201000000", false), ("a2616100616100", true), ("a2626161006162 00", false),
    ("a2200018ff00", false), ("81a1a20000000001", true),
  ])
  func keysOutOfOrderAreRefused(hex: String, isDuplicate: Bool) {
    #expect(skipError(bytes(hex))?.kind == (isDuplicate ? .duplicateKey : .unsortedKey))
    #expect(skipError(bytes(hex), strict: false) == nil)
  }

  @Test func keysOfMixedTypesInOrderAreRead() {
    #expect(skipError(bytes("a5 00 00 1818 00 20 00 41ff 00 6161 00")) == nil)
  }

  @Test(arguments: ["61ff", "62c328", "63eda080", "64f8808080", "61c3", "62c080", "64f4908080"])
  func textThatIsNotUTF8IsRefused(hex: String) {
    #expect(skipError(bytes(hex)) == CBORError(.invalidText, offset: 0))
    #expect(skipError(bytes(hex), strict: false) == CBORError(.invalidText, offset: 0))
    var reader = CBORReader(bytes(hex))
    #expect(throws: CBORError(.invalidText, offset: 0)) { try reader.readText() }
  }

  @Test(arguments: ["d81c00", "d81d00", "d81900", "d9010080", "c2420100"])
  func unknownTagsAreSkippedAndNotFollowed(hex: String) {
    #expect(skipError(bytes(hex)) == nil)
  }

  /// Of the 256 first bytes, those RFC 8949 appendix B does not list, and no others, are refused.
  @Test func everyFirstByteIsTold() {
    for first in UInt8.min...UInt8.max {
      let isReserved = (28...30).contains(first & 0x1f) || [0x1f, 0x3f, 0xdf, 0xff].contains(first)
      let tail: [UInt8] = first == 0x5f ? [0xff] : [UInt8](repeating: 0x60, count: 64)
      let error = skipError([first] + tail, strict: false)
      #expect((error?.kind == .malformed) == isReserved, "\(first): \(error?.description ?? "read")")
    }
  }

  @Test func itemsUpToTheLimitAreRead() {
    let limits = CBORLimits(maximumItems: 5)
    #expect(skipError([0x84, 0, 0, 0, 0], limits: limits) == nil)
    #expect(skipError([0x85, 0, 0, 0, 0, 0], limits: limits) == CBORError(.tooManyItems, offset: 5))
  }

  @Test func stringsUpToTheLimitAreRead() {
    let limits = CBORLimits(maximumString: 3)
    #expect(skipError([0x43, 1, 2, 3], limits: limits) == nil)
    #expect(skipError([0x44, 1, 2, 3, 4], limits: limits) == CBORError(.stringTooLong, offset: 0))
    #expect(
      skipError([0x64, 0x61, 0x61, 0x61, 0x61], limits: limits) == CBORError(.stringTooLong, offset: 0))
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededGenerator(seed: 8949)
    for _ in 0..<20_000 {
      let data = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let strict = skipError(data)
      let lenient = skipError(data, strict: false)
      if strict == nil { #expect(lenient == nil) }
    }
  }

  @Test func mutatedVectorsNeverTrap() {
    var random = SeededGenerator(seed: 1)
    for vector in Vector.all {
      for _ in 0..<200 {
        var data = vector.encoded
        data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        if skipError(data) == nil { #expect(skipError(data, strict: false) == nil) }
      }
    }
  }
}
