import WherryCBOR

/// Random items in deterministic encoding, the same for the same seed.
struct ItemGenerator {
  private var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(state: seed)
  }

  mutating func item() -> [UInt8] {
    item(depth: 5).cbor
  }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private mutating func number() -> UInt64 {
    random.next() >> UInt64(below(64))
  }

  private mutating func item(depth: Int) -> Item {
    switch below(depth > 0 ? 10 : 6) {
    case 0: return .scalar(.unsigned(number()))
    case 1: return .scalar(.negative(number()))
    case 2: return .bytes((0..<below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    case 3: return text()
    case 4: return .scalar([.bool(true), .bool(false), .null, .undefined, .simple(200)][below(5)])
    case 5: return .scalar(.float(float()))
    case 6, 7: return .array((0..<below(8)).map { _ in item(depth: depth - 1) })
    case 8: return .map(pairs(depth: depth))
    // A number nobody gives a meaning to.
    default: return .tag([6, 99, 500, 65_537, .max][below(5)], item(depth: depth - 1))
    }
  }

  private mutating func text() -> Item {
    .text(String((0..<below(30)).map { _ in ["a", "é", "水", "𐅑", "\"", "\n"][below(6)] as Character }))
  }

  private mutating func float() -> Double {
    switch below(4) {
    case 0: return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: random.next())))
    case 1: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
    default: return Double(bitPattern: random.next())
    }
  }

  /// Keys of several types, sorted by their encodings, each once.
  private mutating func pairs(depth: Int) -> [(key: Item, value: Item)] {
    var pairs: [[UInt8]: (key: Item, value: Item)] = [:]
    for _ in 0..<below(below(4) == 0 ? 40 : 5) {
      let key: Item =
        switch below(3) {
        case 0: .scalar(.unsigned(number()))
        case 1: .scalar(.negative(number()))
        default: text()
        }
      pairs[key.cbor] = (key, item(depth: depth - 1))
    }
    return pairs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
  }
}

/// SplitMix64.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
