import Testing
import WherryModel
import WherryRPC
import WherryWire

struct MessageTests {
  static let stream = StreamID(rawValue: 300)

  /// Each kind with the bytes it must have, by hand from wherry.cddl.
  static let vectors: [(Message, [UInt8])] = [
    (
      .hello(
        HelloBody(
          version: 1, minimumVersion: 1, maximumFrame: 4_194_304, maximumStreams: 256,
          initialCredit: 262_144, software: "w", features: [])),
      [0x82, 0, 0xa7, 1, 1, 2, 1, 3, 0x1a, 0, 0x40, 0, 0, 4, 0x19, 1, 0, 5, 0x1a, 0, 4, 0, 0, 6, 0x61, 0x77]
        + [7, 0x80]
    ),
    (.request(stream, method: 22, params: [0xa0], deadline: nil), [0x84, 1, 0x19, 1, 44, 22, 0xa0]),
    (
      .request(stream, method: 22, params: [0xa0], deadline: 500),
      [0x85, 1, 0x19, 1, 44, 22, 0xa0, 0x19, 1, 0xf4]
    ),
    (.response(stream, result: [0xa0]), [0x83, 2, 0x19, 1, 44, 0xa0]),
    (
      .error(stream, ErrorBody(code: .notFound, message: "no", hint: "h", details: ["a": "b"])),
      [0x83, 3, 0x19, 1, 44, 0xa4, 1, 2, 2, 0x62, 0x6e, 0x6f, 3, 0x61, 0x68, 4, 0xa1, 0x61, 0x61, 0x61, 0x62]
    ),
    (.item(stream, value: [0x41, 9]), [0x83, 4, 0x19, 1, 44, 0x41, 9]),
    (.end(stream), [0x82, 5, 0x19, 1, 44]),
    (.cancel(stream), [0x82, 6, 0x19, 1, 44]),
    (.credit(stream, bytes: 10), [0x83, 7, 0x19, 1, 44, 10]),
    (.ping(7), [0x82, 8, 7]),
    (.pong(7), [0x82, 9, 7]),
    (.goingAway(lastStream: stream, reason: "x"), [0x83, 10, 0x19, 1, 44, 0x61, 0x78]),
  ]

  @Test
  func everyKindHasItsBytesBothWays() throws {
    for (message, bytes) in Self.vectors {
      #expect(message.encoded() == bytes)
      #expect(try Message(frame: bytes[...]) == message)
      #expect(message.framed() == [0x40 + UInt8(bytes.count)] + bytes || bytes.count > 23)
    }
  }

  @Test
  func everyTruncationIsRefused() {
    for (_, bytes) in Self.vectors {
      for cut in 0..<bytes.count {
        #expect(throws: ProtocolViolation.self) { try Message(frame: bytes[..<cut]) }
      }
    }
  }

  @Test
  func whatFollowsAMessageIsRefused() {
    for (message, bytes) in Self.vectors {
      // Two requests in one frame, or anything else (CASES.md D3).
      #expect(throws: ProtocolViolation.self, "\(message)") { try Message(frame: (bytes + bytes)[...]) }
      #expect(throws: ProtocolViolation.self, "\(message)") { try Message(frame: (bytes + [0])[...]) }
    }
  }

  @Test
  func everyChangedByteIsReadOrRefused() {
    for (_, bytes) in Self.vectors {
      for index in bytes.indices {
        for value in UInt8.min...UInt8.max {
          var changed = bytes
          changed[index] = value
          do {
            let message = try Message(frame: changed[...])
            #expect(message.encoded().count <= changed.count)
          } catch {
            #expect(!error.reason.isEmpty)
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      [0x80], [0x81, 5], [0x82, 11, 0], [0x82, 0x20, 0], [0x83, 5, 1, 0], [0x86, 1, 1, 1, 0xa0, 1, 1],
      [0x82, 0x18, 5, 1], [0x9f, 5, 1, 0xff], [0x82, 5, 0x18, 1], [0xa0], [0xc0, 0x82, 5, 1],
      [0x82, 5, 0x61, 0x31], [0x83, 10, 1, 0x61, 0xff],
    ] as [[UInt8]])
  func whatIsNoMessageIsRefused(_ bytes: [UInt8]) {
    #expect(throws: ProtocolViolation.self) { try Message(frame: bytes[...]) }
  }

  @Test
  func nestingIsBounded() throws {
    func nested(_ depth: Int) -> [UInt8] {
      [0x83, 4, 1] + [UInt8](repeating: 0x81, count: depth) + [0]
    }
    _ = try Message(frame: nested(15)[...])
    #expect(throws: ProtocolViolation.self) { try Message(frame: nested(16)[...]) }
    #expect(throws: ProtocolViolation.self) { try Message(frame: nested(100_000)[...]) }
  }

  @Test
  func declaredLengthsCostNothing() {
    for value: [UInt8] in [
      [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x5a, 0xff, 0xff, 0xff, 0xff], [0x5f, 0x41, 0, 0xff], [0xa2, 1, 1, 1, 1], [0x61, 0xff],
    ] {
      #expect(throws: ProtocolViolation.self) { try Message(frame: ([0x83, 4, 1] + value)[...]) }
    }
  }
}
