import Testing
import WherryModel
import WherryRPC
import WherryWire

/// What a peer that keeps no rule gets: one farewell, one closed connection, nothing held for it.
@Suite(.timeLimit(.minutes(1)))
struct HostilePeerTests {
  static let strangers: [(String, [UInt8])] = [
    ("http", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
    ("http2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)),
    ("tls", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 0, count: 500)),
    ("ssh", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)),
    ("zeros", [UInt8](repeating: 0, count: 4096)),
    ("empty frames", [UInt8](repeating: 0x40, count: 4096)),
    ("indefinite", [0x5f, 0x41, 0]),
    ("long head", [0x5b, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
    ("not shortest", [0x58, 3, 0x82, 8, 1]),
    ("too long before hello", [0x5a, 0, 0x40, 0, 0]),
    ("nested", Message.frame([UInt8](repeating: 0x81, count: 4000))),
    ("ping before hello", Message.ping(1).framed()),
    ("hello twice", Bench.hello().framed() + Bench.hello().framed()),
    ("hello of the future", Bench.hello(version: 9, minimum: 9).framed()),
    ("hello backwards", Bench.hello(version: 1, minimum: 2).framed()),
    ("hello with tiny frames", Bench.hello(frame: 100).framed()),
    ("two messages in a frame", Message.frame(Bench.hello().encoded() + Message.ping(1).encoded())),
    ("item of no stream", Bench.hello().framed() + Message.item(.theirs, value: item(1)).framed()),
  ]

  @Test(arguments: strangers)
  func aStrangerCostsOneClosedConnection(_ name: String, _ bytes: [UInt8]) {
    let peer = RawPeer()
    peer.send(bytes)
    #expect(peer.isClosed)
    #expect(peer.received == "hello, going-away 0")
  }

  @Test(arguments: strangers)
  func aStrangerByteByByteCostsNoMore(_ name: String, _ bytes: [UInt8]) {
    let peer = RawPeer()
    for byte in bytes { peer.send([byte]) }
    #expect(peer.received == "hello, going-away 0")
  }

  @Test
  func aPeerThatSaysNothingIsLetGoAfterItsTime() {
    let peer = RawPeer()
    peer.time.pass(.seconds(44))
    #expect(!peer.isClosed)
    peer.time.pass(.seconds(1))
    #expect(peer.isClosed)
  }

  @Test
  func aByteASecondDoesNotBuyTime() {
    let peer = RawPeer()
    for byte in Bench.hello().framed().prefix(20) {
      peer.send([byte])
      peer.time.pass(.seconds(3))
    }
    #expect(peer.isClosed)
  }

  @Test
  func aPeerThatSaysOnlyHelloIsLetGoWhenIdle() {
    let peer = RawPeer()
    peer.send(Bench.hello())
    peer.time.pass(.seconds(599))
    #expect(!peer.isClosed)
    peer.time.pass(.seconds(1))
    #expect(peer.received == "hello, going-away 0")
    // It has a grace to close by itself.
    peer.time.pass(.seconds(5))
    #expect(peer.isClosed)
  }

  @Test
  func anUnansweredFloodOfPingsEndsTheConnection() {
    var settings = Bench.settings
    settings.maximumQueued = 1 << 20
    let peer = RawPeer(settings: settings)
    peer.send(Bench.hello())
    peer.stopReading()
    let pings = [[UInt8]](repeating: Message.ping(.max).framed(), count: 1000).flatMap { $0 }
    var sent = 0
    while let driver = peer.driver, !driver.isClosed, sent < 8 << 20 {
      peer.send(pings)
      sent += pings.count
    }
    #expect(peer.driver?.isClosed == true)
    #expect(sent < 2 << 20)
  }

  @Test
  func moreCallsThanAreServedAreRefusedOneByOne() async {
    let service = Service { call in await untilCancelled() }
    let peer = RawPeer(service: service)
    peer.send(Bench.hello())
    for stream in stride(from: UInt64(1), through: 9, by: 2) {
      peer.send(
        .request(
          StreamID(rawValue: stream), method: RPCMethod.systemVersion.number, params: [0xa0], deadline: nil))
    }
    #expect(peer.received == "hello, error 7 resource-exhausted, error 9 resource-exhausted")
    #expect(peer.driver?.activeCalls == 3)
    peer.disconnect()
  }

  /// Cancelling at once frees no place until the handler has ended: or a peer could have any number run.
  @Test
  func cancelledCallsKeepTheirPlaceUntilTheirHandlersEnd() async throws {
    let started = Counter()
    let mayEnd = Counter()
    let service = Service { call in
      await call.serveUnary { (_: Nothing, _) -> Nothing in
        started.add()
        await mayEnd.reach(1)
        throw CancellationError()
      }
    }
    let peer = RawPeer(service: service)
    peer.send(Bench.hello())
    for stream in stride(from: UInt64(1), through: 5, by: 2) {
      peer.send(
        .request(
          StreamID(rawValue: stream), method: RPCMethod.systemVersion.number, params: [0xa0], deadline: nil))
      peer.send(.cancel(StreamID(rawValue: stream)))
    }
    await started.reach(3)
    peer.send(.request(StreamID(rawValue: 7), method: 1, params: [0xa0], deadline: nil))
    #expect(peer.received == "hello, error 7 resource-exhausted")
    mayEnd.add()
    while peer.driver?.activeCalls != 0 { await Task.yield() }
    #expect(peer.received.contains("error 1 cancelled"))
    peer.disconnect()
  }

  /// Authorisation is decided on what is executed (CASES.md D3).
  @Test
  func whatIsNotOneWellFormedRequestReachesNoHandler() {
    let started = Counter()
    let service = Service(
      authorise: { _, _ in
        started.add()
        return WherryError(.permissionDenied, "no")
      }, handle: { _ in started.add() })
    let request = Message.request(.theirs, method: 1, params: [0xa0], deadline: nil).encoded()
    let frames: [[UInt8]] = [
      request + [0], request + request, Array(request.dropLast()), [0x84, 1, 1, 1, 0xa2, 1, 1, 1, 1],
      [0x84, 1, 1, 0x18, 1, 0xa0], [0x84, 1, 1, 1, 0xbf, 0xff],
    ]
    for frame in frames {
      let peer = RawPeer(service: service)
      peer.send(Bench.hello())
      peer.send(Message.frame(frame))
      #expect(peer.isClosed)
    }
    #expect(started.count == 0)
  }
}
