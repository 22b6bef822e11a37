import Synchronization
import WherryModel
import WherryRPC
import WherryWire

extension Fuzz {
  /// What a stranger can send to the accepting side before it has said hello: the real driver, bytes cut
  /// anyhow, and time. Until the hello the driver holds no more than one small frame, says nothing but
  /// its hello and its farewell, serves nothing, and is closed by what is no hello and by the time-out.
  static func door(_ input: [UInt8]) -> String? {
    var script = Script(input)
    let visit = DoorVisit()
    // More steps than these find nothing new, and each input shall be quick.
    for _ in 0..<24 where !script.isAtEnd && visit.fault == nil && !visit.isKnown { visit.step(&script) }
    visit.end()
    return visit.fault
  }
}

private final class Flag: Sendable {
  private let state = Mutex(false)

  var isRaised: Bool { state.withLock { $0 } }
  func raise() { state.withLock { $0 = true } }
}

/// A stranger at the door of a driver, and the first promise that was broken to the house.
private final class DoorVisit: ByteTransport {
  private static let largestHeld = ConnectionSettings.minimumFrame + 5

  private let served = Flag()
  private let time = ManualTime()
  private let start: ContinuousClock.Instant
  private nonisolated(unsafe) var driver: ConnectionDriver?
  private nonisolated(unsafe) var sent: [UInt8] = []
  private nonisolated(unsafe) var received: [UInt8] = []
  private nonisolated(unsafe) var spoken = ""
  private nonisolated(unsafe) var isHungUp = false
  nonisolated(unsafe) private(set) var fault: String?

  init() {
    start = time.now
    let service = Service(
      authorise: { [served] _, _ in
        served.raise()
        return WherryError(.permissionDenied, "nobody is served here")
      }, handle: { _ in })
    driver = ConnectionDriver(
      side: .acceptor, settings: ConnectionSettings(), peer: Peer(role: .viewer, description: "a stranger"),
      service: service, transport: self, time: time)
    driver?.connected()
    look()
  }

  func outputReady() {}

  /// The hello has been taken: what comes now is the connection target's.
  var isKnown: Bool { driver?.peerParameters != nil }

  func step(_ script: inout Fuzz.Script) {
    switch script.byte() % 8 {
    case 0, 1, 2: deliver(Array(script.bytes(Int(script.byte()))), &script)
    case 3: deliver(Message.frame(Array(script.bytes(Int(script.byte())))), &script)
    case 4:
      // A head that promises, and as much as is wanted of it.
      let length = Int(script.byte()) << 8 | Int(script.byte())
      let body = [UInt8](repeating: script.byte(), count: Int(script.byte()) * 18)
      deliver([0x59, UInt8(length >> 8), UInt8(length & 255)] + body, &script)
    case 5: deliver(message(&script).framed(), &script)
    case 6: deliver(hello(&script), &script)
    default:
      time.pass(.seconds(Int(script.byte() % 64)))
      look()
    }
  }

  /// Sends `bytes`, cut into pieces of one size.
  private func deliver(_ bytes: [UInt8], _ script: inout Fuzz.Script) {
    let size = max(Int(script.byte()) + 1, bytes.count / 32)
    for begin in stride(from: 0, to: bytes.count, by: size) {
      let piece = bytes[begin..<min(begin + size, bytes.count)]
      if driver?.isClosed == false { sent += piece }
      driver?.bytesReceived(piece)
      look()
      if isKnown { return }
    }
  }

  private func hello(_ script: inout Fuzz.Script) -> [UInt8] {
    var bytes = Message.hello(
      HelloBody(
        version: script.number(), minimumVersion: script.number(), maximumFrame: 4090 + script.number() % 16,
        maximumStreams: script.number(), initialCredit: script.number(),
        software: String(repeating: "x", count: Int(script.byte()) * 20), features: [])
    ).framed()
    let index = Int(script.byte())
    if index < bytes.count { bytes[index] ^= script.byte() }
    return bytes
  }

  private func message(_ script: inout Fuzz.Script) -> Message {
    let stream = script.stream()
    return switch script.byte() % 9 {
    case 0: .request(stream, method: script.number(), params: [0xa0], deadline: nil)
    case 1: .response(stream, result: [0xa0])
    case 2: .error(stream, ErrorBody(code: .notFound, message: "x"))
    case 3: .item(stream, value: [0xa0])
    case 4: .end(stream)
    case 5: .cancel(stream)
    case 6: .credit(stream, bytes: script.number())
    case 7: .ping(script.number())
    default: .goingAway(lastStream: stream, reason: "x")
    }
  }

  /// Takes what the driver says and checks all it owes.
  private func look() {
    guard let driver else { return }
    let output = driver.takeOutput()
    driver.outputWritten(output.bytes.count)
    if isHungUp, !output.bytes.isEmpty { fail("it speaks after its last word") }
    received += output.bytes
    isHungUp = output.isLast
    if driver.isClosed != output.isLast { fail("it is closed and says so to one only") }
    if driver.peerParameters != nil {
      if firstMessage != .hello { fail("it takes for known who has not said hello") }
      return
    }
    if driver.buffered > (driver.isClosed ? 0 : Self.largestHeld) {
      fail("it holds \(driver.buffered) bytes")
    }
    if served.isRaised { fail("a call is let in before the hello") }
    if !output.bytes.isEmpty { spoken = Describe.frames(received) }
    if !["hello", "hello, going-away 0"].contains(spoken) { fail("before the hello it says: \(spoken)") }
    let isLate = time.now >= start + ConnectionSettings().helloTimeout
    switch firstMessage {
    // A hello with numbers we do not take is no hello.
    case .none where !isLate: if driver.isClosed { fail("it closes before anything is wrong") }
    case .none, .hello, .other: if !driver.isClosed { fail("it stays open") }
    }
  }

  private enum First { case none, hello, other }

  /// What the stranger's bytes begin with, found by a decoder of our own.
  private var firstMessage: First {
    var decoder = FrameDecoder(limit: ConnectionSettings.minimumFrame)
    decoder.append(sent)
    do {
      guard let frame = try decoder.next() else { return .none }
      if case .hello = try Message(frame: frame) { return .hello }
      return .other
    } catch {
      return .other
    }
  }

  func end() {
    driver?.transportClosed("the end")
    if fault == nil, driver?.isClosed != true { fail("it does not close with its transport") }
    driver = nil
  }

  private func fail(_ what: String) {
    if fault == nil { fault = what }
  }
}
