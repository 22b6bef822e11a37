import WherryModel
import WherryRPC
import WherryWire

extension Fuzz {
  /// The connection machine, both sides of it under a script: whatever happens, each call that was made
  /// ends once, each handler that was started is told when the connection is over, and nothing happens
  /// after that.
  static func connection(_ input: [UInt8]) -> String? {
    var script = Script(input)
    var run = ConnectionRun(side: script.byte() % 2 == 0 ? .acceptor : .dialler)
    while !script.isAtEnd, run.fault == nil { run.step(&script) }
    run.end()
    return run.fault
  }

  /// Bytes read as decisions. At its end it reads zeros.
  struct Script {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
    mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    /// Small numbers mostly, and the largest.
    mutating func number() -> UInt64 {
      let value = byte()
      return value == 255 ? .max : UInt64(value)
    }
    mutating func stream() -> StreamID { StreamID(rawValue: number() % 16) }
  }
}

/// One machine, what it has promised, and the first promise it broke.
struct ConnectionRun: ~Copyable {
  private var machine: ConnectionMachine
  private var decoder = FrameDecoder(limit: ConnectionSettings.minimumFrame)
  private var now = ContinuousClock.now
  private var calling: Set<StreamID> = []
  private var serving: Set<StreamID> = []
  private var told: Set<StreamID> = []
  private var pings: Set<UInt64> = []
  /// Calls of ours whose input has ended, of which the peer has not been told.
  private var ended: Set<StreamID> = []
  private var everEnded: Set<StreamID> = []
  private var isOver = false
  private(set) var fault: String?

  init(side: ConnectionSide) {
    var settings = ConnectionSettings()
    settings.initialCredit = 64
    settings.maximumStreams = 4
    settings.maximumWaiting = 8
    settings.idleTimeout = .seconds(100)
    machine = ConnectionMachine(side: side, settings: settings, now: now)
    took(machine.connected())
  }

  mutating func step(_ script: inout Fuzz.Script) {
    switch script.byte() % 20 {
    case 0: receive(Array(script.bytes(Int(script.byte()))))
    case 1: receive(Message.frame(Array(script.bytes(Int(script.byte())))))
    case 2...10: receive(message(&script).framed())
    case 11:
      let deadline = script.byte()
      let call = machine.callRequested(
        1, params: [0xa0], deadline: deadline > 100 ? nil : now + .seconds(Int(deadline)), now: now)
      if let stream = call.stream { calling.insert(stream) }
      took(call.actions)
    case 12: took(machine.callCancelled(script.stream(), now: now))
    case 13: answer(script.stream(), .success([0xa0]))
    case 14: answer(script.stream(), .failure(WherryError(.cancelled, "x")))
    case 15:
      let stream = script.stream()
      if case .accepted(let actions) = machine.itemOffered(stream, item(Int(script.byte() % 24) + 1)) {
        if !calling.contains(stream), !serving.contains(stream) { fail("an item on a call that is over") }
        took(actions)
      }
    case 16:
      let stream = script.stream()
      if calling.contains(stream), everEnded.insert(stream).inserted { ended.insert(stream) }
      took(machine.itemsEnded(stream, now: now))
    case 17: took(machine.itemsConsumed(script.stream(), Int(script.byte()), now: now))
    case 18:
      now += .seconds(Int(script.byte()))
      took(machine.timeReached(now: now))
    default:
      if let ping = machine.pingRequested() {
        pings.insert(ping.number)
        took(ping.actions)
      }
      if script.byte() == 7 { took(machine.leaveRequested("x", now: now)) }
    }
  }

  private mutating func answer(_ stream: StreamID, _ result: Result<[UInt8], WherryError>) {
    took(machine.callAnswered(stream, result, now: now))
    serving.remove(stream)
  }

  private func message(_ script: inout Fuzz.Script) -> Message {
    switch script.byte() % 11 {
    case 0:
      .hello(
        HelloBody(
          version: script.number(), minimumVersion: script.number(),
          maximumFrame: 4096 + script.number() % 4096,
          maximumStreams: script.number(), initialCredit: script.number(), software: "x", features: []))
    case 1: .request(script.stream(), method: script.number(), params: [0xa0], deadline: script.number())
    case 2: .response(script.stream(), result: [0xa0])
    case 3: .error(script.stream(), ErrorBody(code: .notFound, message: "x"))
    case 4: .item(script.stream(), value: item(Int(script.byte() % 24) + 1))
    case 5: .end(script.stream())
    case 6: .cancel(script.stream())
    case 7: .credit(script.stream(), bytes: script.number())
    case 8: .ping(script.number())
    case 9: .pong(script.number())
    default: .goingAway(lastStream: script.stream(), reason: "x")
    }
  }

  private mutating func receive(_ bytes: [UInt8]) {
    decoder.append(bytes)
    do throws(FrameError) {
      while let frame = try decoder.next() { took(machine.frameReceived(frame, now: now)) }
    } catch {
      took(machine.framingFailed(error))
    }
  }

  /// The transport goes, if nothing else has ended it.
  mutating func end() {
    for stream in ended where !isOver && !machine.isWaiting(stream) {
      fail("the peer is not told that the input of \(stream) has ended")
    }
    if fault == nil { took(machine.transportClosed(WherryError(.unavailable, "the end"))) }
    if !isOver { fail("the machine does not close with its transport") }
    if !calling.isEmpty { fail("calls \(calling) never end") }
    if !pings.isEmpty { fail("pings \(pings) never end") }
    if !serving.subtracting(told).isEmpty { fail("handlers of \(serving.subtracting(told)) are never told") }
    if machine.activeCalls != 0 || machine.nextDeadline != nil {
      fail("a closed machine waits for something")
    }
  }

  private mutating func took(_ actions: [ConnectionAction]) {
    for action in actions {
      if isOver, !endsLateCall(action) { fail("after the end: \(Describe.action(action))") }
      switch action {
      case .send(let frame):
        let sent = Describe.frames(frame)
        if sent.hasPrefix("no frame") { fail("what is sent is no frame") }
        if let stream = ended.first(where: { sent == "end \($0)" }) { ended.remove(stream) }
      case .raiseFrameLimit(let limit): decoder.limit = limit
      case .startCall(let request):
        if !serving.insert(request.stream).inserted { fail("call \(request.stream) starts twice") }
        if serving.count > 4 { fail("more calls than allowed") }
      case .cancelHandler(let stream):
        if !serving.contains(stream) { fail("a handler that does not run is cancelled") }
        told.insert(stream)
      case .deliverItem(let stream, _), .endItems(let stream):
        if !calling.contains(stream), !serving.contains(stream) { fail("an item for a call that is over") }
      case .finishCall(let stream, _):
        ended.remove(stream)
        if calling.remove(stream) == nil { fail("call \(stream) ends twice") }
      case .finishPing(let number, _):
        if pings.remove(number) == nil { fail("ping \(number) ends twice") }
      case .resumeSenders: break
      case .close: isOver = true
      }
    }
  }

  /// A call asked for when all is over fails at once.
  private func endsLateCall(_ action: ConnectionAction) -> Bool {
    switch action {
    case .finishCall(_, .failure), .resumeSenders: true
    default: false
    }
  }

  private mutating func fail(_ what: String) {
    if fault == nil { fault = what }
  }
}
