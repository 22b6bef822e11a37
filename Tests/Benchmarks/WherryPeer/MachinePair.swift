import WherryModel
import WherryRPC

/// Both sides of a connection, and the bytes between them.
struct MachinePair: ~Copyable {
  private var caller: ConnectionMachine
  private var callee: ConnectionMachine
  private var callerDecoder = FrameDecoder(limit: 4 << 20)
  private var calleeDecoder = FrameDecoder(limit: 4 << 20)
  private let now = ContinuousClock.now

  init() {
    caller = ConnectionMachine(side: .dialler, settings: ConnectionSettings(), now: now)
    callee = ConnectionMachine(side: .acceptor, settings: ConnectionSettings(), now: now)
  }

  mutating func greet() throws {
    _ = try toCallee(caller.connected())
    _ = try toCaller(callee.connected())
  }

  /// A call's way there and back: its result is its params.
  mutating func call(_ params: [UInt8]) throws -> [UInt8] {
    let requested = caller.callRequested(23, params: params, deadline: nil, now: now)
    for action in try toCallee(requested.actions) {
      guard case .startCall(let request) = action else { continue }
      let answer = callee.callAnswered(request.stream, .success(request.params), now: now)
      for action in try toCaller(answer) {
        if case .finishCall(_, .success(let result)) = action { return result }
      }
    }
    throw Failure("no answer")
  }

  /// Makes a call that stays open.
  mutating func open(_ params: [UInt8]) throws -> StreamID {
    let requested = caller.callRequested(25, params: params, deadline: nil, now: now)
    for action in try toCallee(requested.actions) {
      if case .startCall(let request) = action { return request.stream }
    }
    throw Failure("no call was started")
  }

  /// An item on its way from the callee, read by the caller, and the credit on its way back.
  mutating func item(_ value: [UInt8], on stream: StreamID) throws -> [UInt8] {
    guard case .accepted(let actions) = callee.itemOffered(stream, value) else {
      throw Failure("an item was not taken")
    }
    for action in try toCaller(actions) {
      guard case .deliverItem(_, let item) = action else { continue }
      _ = try toCallee(caller.itemsConsumed(stream, item.count, now: now))
      return item
    }
    throw Failure("no item came")
  }

  private mutating func toCallee(_ actions: [ConnectionAction]) throws -> [ConnectionAction] {
    var followUp: [ConnectionAction] = []
    for case .send(let frame) in actions {
      calleeDecoder.append(frame)
      while let frame = try calleeDecoder.next() { followUp += callee.frameReceived(frame, now: now) }
    }
    return followUp
  }

  private mutating func toCaller(_ actions: [ConnectionAction]) throws -> [ConnectionAction] {
    var followUp: [ConnectionAction] = []
    for case .send(let frame) in actions {
      callerDecoder.append(frame)
      while let frame = try callerDecoder.next() { followUp += caller.frameReceived(frame, now: now) }
    }
    return followUp
  }
}
