package import WherryModel
import WherryWire

/// What the peer and its transport do.
extension ConnectionMachine {
  /// The content of one frame.
  package mutating func frameReceived(
    _ frame: ArraySlice<UInt8>, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    var actions: [ConnectionAction] = []
    if isClosed { return actions }
    do throws(ProtocolViolation) {
      let message = try Message(frame: frame)
      if state.isGreeting {
        try helloReceived(message, &actions)
      } else {
        _ = try state.whileEstablished { session throws(ProtocolViolation) in
          try session.received(message, now: now, &actions)
        }
      }
      settle(now: now, &actions)
    } catch {
      violated(error, &actions)
    }
    return actions
  }

  /// The peer's bytes are no frames.
  package mutating func framingFailed(_ error: FrameError) -> [ConnectionAction] {
    var actions: [ConnectionAction] = []
    violated(ProtocolViolation(error.description), &actions)
    return actions
  }

  /// The transport is gone; nothing more can be sent.
  package mutating func transportClosed(_ error: WherryError) -> [ConnectionAction] {
    var actions: [ConnectionAction] = []
    state.close(error, farewell: false, &actions)
    return actions
  }

  private mutating func violated(_ violation: ProtocolViolation, _ actions: inout [ConnectionAction]) {
    let error = WherryError(.protocolViolation, "protocol violation: \(violation.reason)")
    state.close(error, farewell: true, &actions)
  }

  private mutating func helloReceived(
    _ message: Message, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    // A peer that will not talk to us at all says so instead of hello.
    if case .goingAway(_, let reason) = message {
      return state.close(WherryError(.unavailable, String(reason.prefix(500))), farewell: false, &actions)
    }
    guard case .hello(let hello) = message else {
      throw ProtocolViolation("a message before the hello")
    }
    let peer = try PeerParameters(hello, settings: settings)
    state.establish(side: side, settings: settings, peer: peer)
    actions.append(.raiseFrameLimit(settings.maximumFrame))
  }

  /// Ends every event.
  mutating func settle(now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]) {
    let reason = state.whileEstablished { session in session.settle(now: now, &actions) }
    if let reason, let reason { state.close(reason, farewell: false, &actions) }
  }
}
