import Testing

@testable import WherryImages

struct ContentSplitterTests {
  struct Piece: Equatable {
    var size: Int
    var isHole: Bool
  }

  /// The rule, byte for byte, with all of the content at hand.
  static func reference(_ content: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    var (first, second) = (UInt32(64 * 31), UInt32(64 * 63 * 31))
    func roll(_ index: Int) {
      let drop = index >= 64 ? UInt32(content[index - 64]) : 0
      first = first &+ UInt32(content[index]) &- drop
      second = second &+ first &- 64 &* (drop + 31)
    }
    var (start, index) = (0, 0)
    while index < content.count {
      let zeros = content[index...].prefix { $0 == 0 }.count
      if zeros >= 1024 {
        if start < index { pieces.append(Piece(size: index - start, isHole: false)) }
        pieces.append(Piece(size: zeros, isHole: true))
        for place in index..<(index + zeros) { roll(place) }
        index += zeros
        start = index
        continue
      }
      for _ in 0..<max(1, zeros) {
        roll(index)
        index += 1
        if second & 0xffff == 0xffff {
          pieces.append(Piece(size: index - start, isHole: false))
          start = index
        }
      }
    }
    if start < index { pieces.append(Piece(size: index - start, isHole: false)) }
    return pieces
  }

  static func split(_ content: [UInt8], by step: Int) -> (pieces: [Piece], bytes: [UInt8]) {
    var splitter = ContentSplitter()
    var (pieces, bytes): ([Piece], [UInt8]) = ([], [])
    var piece = Piece(size: 0, isHole: false)
    func take(_ part: ContentSplitter.Part) {
      switch part {
      case .data(let data):
        piece.size += data.count
        bytes += data
      case .zeros(let count):
        #expect(piece.size == 0)
        piece = Piece(size: Int(count), isHole: true)
        bytes += [UInt8](repeating: 0, count: Int(count))
      case .end:
        pieces.append(piece)
        piece = Piece(size: 0, isHole: false)
      }
    }
    for start in stride(from: 0, to: content.count, by: step) {
      content[start..<min(start + step, content.count)].withUnsafeBytes { splitter.take($0, take) }
    }
    splitter.finish(take)
    return (pieces, bytes)
  }

  static func content(_ seed: UInt64, _ count: Int) -> [UInt8] {
    var random = MutationTests.Random(state: seed)
    var bytes: [UInt8] = []
    while bytes.count < count {
      switch random.next() % 12 {
      case 0: bytes += [UInt8](repeating: 0, count: Int(random.next() % 5000))
      case 1: bytes += [UInt8](repeating: 0, count: 1023 + Int(random.next() % 3))
      default: bytes += (0..<(random.next() % 20_000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3, 4]) func bordersAreThoseOfTheRule(_ seed: UInt64) {
    let content = Self.content(seed, 600_000)
    let expected = Self.reference(content)
    #expect(expected.count > 10 && expected.contains { $0.isHole })
    for step in [1 << 20, 65536, 777] {
      let found = Self.split(content, by: step)
      #expect(found.pieces == expected)
      #expect(found.bytes == content)
    }
  }

  @Test func insertionMovesOnlyTheBordersNextToIt() {
    let content = Self.content(9, 2_000_000)
    let changed = content[..<1_000_000] + [1, 2, 3] + content[1_000_000...]
    let (old, new) = (Self.split(content, by: 65536).pieces, Self.split(Array(changed), by: 65536).pieces)
    let same = zip(old, new).prefix { $0 == $1 }.count
    let sameEnd = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
    #expect(same + sameEnd >= new.count - 2)
  }

  @Test(arguments: [0, 1, 1023, 1024, 5000]) func zerosAlone(_ count: Int) {
    let pieces = Self.split([UInt8](repeating: 0, count: count), by: 100).pieces
    #expect(pieces == (count == 0 ? [] : [Piece(size: count, isHole: count >= 1024)]))
  }

  @Test func checksumOfFilesIsThatOfISO3309() {
    var sum = CRC64()
    Array("123456789".utf8).withUnsafeBytes { sum.update($0) }
    #expect(sum.finish() == [0xb9, 0x09, 0x56, 0xc7, 0x75, 0xa4, 0x10, 0x01])
  }
}
