import Testing
import WherryRPC

struct FrameDecoderTests {
  static let sizes = [0, 1, 23, 24, 255, 256, 65535, 65536, 70000]

  static func frame(_ size: Int) -> [UInt8] {
    Message.frame([UInt8](repeating: 7, count: size))
  }

  @Test(arguments: sizes)
  func aFrameOfAnySizeIsTakenByteByByte(_ size: Int) throws {
    var decoder = FrameDecoder(limit: 100_000)
    let bytes = Self.frame(size)
    for (index, byte) in bytes.enumerated() {
      decoder.append(CollectionOfOne(byte))
      let frame = try decoder.next()
      #expect((frame != nil) == (index == bytes.count - 1))
      if let frame { #expect(frame.count == size) }
    }
    #expect(decoder.buffered == 0)
  }

  @Test
  func aSequenceCutAtAnyOffsetGivesTheSameFrames() throws {
    let contents = [0, 1, 23, 24, 25, 255, 256, 300].map { [UInt8](repeating: UInt8($0 % 251), count: $0) }
    let bytes = contents.flatMap { Message.frame($0) }
    for cut in 0...bytes.count {
      var decoder = FrameDecoder(limit: 1000)
      var frames: [[UInt8]] = []
      for part in [bytes[..<cut], bytes[cut...]] {
        decoder.append(part)
        while let frame = try decoder.next() { frames.append(Array(frame)) }
      }
      #expect(frames == contents)
    }
  }

  @Test(arguments: sizes)
  func theLimitItselfIsTakenAndOneMoreIsNot(_ size: Int) throws {
    var decoder = FrameDecoder(limit: size)
    decoder.append(Self.frame(size))
    #expect(try decoder.next()?.count == size)
    decoder.append(Self.frame(size + 1))
    #expect(throws: FrameError.tooLong(length: UInt64(size + 1), limit: size)) { try decoder.next() }
  }

  @Test
  func aLengthAboveTheLimitIsRefusedFromItsHeadAlone() throws {
    for head: [UInt8] in [[0x59, 0x10, 0x01], [0x5a, 0xff, 0xff, 0xff, 0xff], [0x5b], [0x5b, 0x7f]] {
      var decoder = FrameDecoder(limit: 4096)
      decoder.append(head)
      #expect(throws: FrameError.self) { try decoder.next() }
      decoder.append([UInt8](repeating: 0, count: 10_000))
      #expect(decoder.buffered == 0)
      #expect(throws: FrameError.self) { try decoder.next() }
    }
  }

  @Test(
    arguments: [
      [0x58, 0x00], [0x58, 0x17], [0x59, 0x00, 0xff], [0x5a, 0x00, 0x00, 0xff, 0xff],
    ] as [[UInt8]])
  func aLengthNotInItsShortestFormIsRefused(_ head: [UInt8]) {
    var decoder = FrameDecoder(limit: 1 << 20)
    decoder.append(head)
    #expect(throws: FrameError.notShortest) { try decoder.next() }
  }

  @Test
  func onlyDefiniteByteStringsAreFrames() {
    for first in UInt8.min...UInt8.max where !(0x40...0x5b).contains(first) {
      var decoder = FrameDecoder(limit: 4096)
      decoder.append([first])
      let expected: FrameError = first == 0x5f ? .indefiniteLength : .notAByteString(first)
      #expect(throws: expected) { try decoder.next() }
    }
  }

  /// A slow peer holds what it has sent, not what it has promised.
  @Test
  func anUnfinishedFrameCostsItsBytesOnly() throws {
    var decoder = FrameDecoder(limit: 4 << 20)
    decoder.append([0x5a, 0x00, 0x40, 0x00, 0x00, 1, 2, 3] as [UInt8])
    #expect(try decoder.next() == nil)
    #expect(decoder.buffered == 8)
  }

  @Test
  func theLimitMayChangeBetweenFrames() throws {
    var decoder = FrameDecoder(limit: 10)
    decoder.append(Self.frame(10) + Self.frame(20))
    #expect(try decoder.next()?.count == 10)
    decoder.limit = 20
    #expect(try decoder.next()?.count == 20)
  }
}
