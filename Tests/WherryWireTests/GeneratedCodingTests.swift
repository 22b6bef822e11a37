import Testing
import WherryCBOR

extension Codec: CustomTestStringConvertible {
  var testDescription: String { name }
}

/// What every generated decoder and encoder must do.
struct GeneratedCodingTests {
  static let maps = Samples.all.filter { $0.full[0] >> 5 == 5 }

  @Test(arguments: Samples.all)
  func valuesComeBack(codec: Codec) throws {
    #expect(codec.comesBack)
    #expect(try codec.roundTrip(codec.full) == codec.full)
    #expect(try codec.roundTrip(codec.least) == codec.least)
  }

  @Test(arguments: Samples.all)
  func everyTruncationIsRefused(codec: Codec) {
    for length in 0..<codec.full.count {
      #expect(throws: CBORError.self, "\(length) bytes") {
        try codec.roundTrip(Array(codec.full.prefix(length)))
      }
    }
  }

  @Test(arguments: Samples.all)
  func bytesAfterTheValueAreRefused(codec: Codec) {
    #expect(throws: CBORError(.trailingBytes, offset: codec.full.count)) {
      try codec.roundTrip(codec.full + [0])
    }
  }

  @Test(arguments: maps)
  func unknownKeysAreSkipped(codec: Codec) throws {
    var map = try RawMap(codec.full)
    map.pairs.append((UInt64(1 << 20).cbor, [0x82, 0xa1, 0x01, 0xf6, 0xc1, 0x00]))
    #expect(try codec.roundTrip(map.bytes) == codec.full)
  }

  @Test(arguments: maps)
  func aMissingRequiredKeyIsNamed(codec: Codec) throws {
    let map = try RawMap(codec.least)
    for index in map.pairs.indices {
      var shorter = map
      shorter.pairs.remove(at: index)
      let error = #expect(throws: CBORError.self) { try codec.roundTrip(shorter.bytes) }
      var isNamed = false
      if case .missingField(_, of: codec.name) = error?.kind { isNamed = true }
      #expect(isNamed, "key \(index)")
    }
  }

  @Test(arguments: maps)
  func aRepeatedKeyIsRefused(codec: Codec) throws {
    let map = try RawMap(codec.full)
    for (index, pair) in map.pairs.enumerated() {
      var longer = map
      longer.pairs.insert(pair, at: index)
      let error = #expect(throws: CBORError.self) { try codec.roundTrip(longer.bytes) }
      #expect(error?.kind == .duplicateKey)
    }
  }

  @Test(arguments: maps)
  func keysOutOfOrderAreRefused(codec: Codec) throws {
    let map = try RawMap(codec.full)
    guard map.pairs.count > 1 else { return }
    for index in map.pairs.indices.dropLast() {
      var swapped = map
      swapped.pairs.swapAt(index, index + 1)
      let error = #expect(throws: CBORError.self) { try codec.roundTrip(swapped.bytes) }
      #expect(error?.kind == .unsortedKey)
    }
  }

  @Test(arguments: maps)
  func aValueOfAnotherTypeIsRefused(codec: Codec) throws {
    let map = try RawMap(codec.full)
    for index in map.pairs.indices {
      var changed = map
      changed.pairs[index].value = [0xf8, 99]
      #expect(throws: CBORError.self) { try codec.roundTrip(changed.bytes) }
    }
  }

  @Test(arguments: Samples.all)
  func mutatedBytesNeverTrap(codec: Codec) throws {
    var random = SeededGenerator(seed: UInt64(codec.full.count))
    for _ in 0..<300 {
      var mutated = codec.full
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        mutated[Int.random(in: 0..<mutated.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let encoded = try codec.roundTrip(mutated)
        #expect(try codec.roundTrip(encoded) == encoded)
      } catch {
        #expect(error.offset <= mutated.count)
      }
    }
  }

  @Test(arguments: Samples.all)
  func hugeDeclaredCountsCostNothing(codec: Codec) {
    for head: [UInt8] in [[0x9b], [0xbb], [0x5b], [0x7b]] {
      let huge = head + [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
      #expect(throws: CBORError.self) { try codec.roundTrip(huge) }
      #expect(throws: CBORError.self) { try codec.roundTrip([0xa1, 0x01] + huge) }
      #expect(throws: CBORError.self) { try codec.roundTrip([0xa1, 0x02] + huge) }
    }
  }
}
