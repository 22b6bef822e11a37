import WherryModel
import WherryWire

extension Session {
  /// One message after the hello. Throws where the peer may not send it.
  mutating func received(
    _ message: Message, now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    keepalive?.heard(now: now)
    switch message {
    case .hello:
      throw ProtocolViolation("a second hello")
    case .request(let stream, let method, let params, let deadline):
      try requestReceived(stream, method, params, deadline, now: now, &actions)
    case .response(let stream, let result):
      try answerReceived(stream, .success(result), &actions)
    case .error(let stream, let body):
      try answerReceived(stream, .failure(WherryError(body)), &actions)
    case .item(let stream, let value):
      try itemReceived(stream, value, &actions)
    case .end(let stream):
      try endReceived(stream, &actions)
    case .cancel(let stream):
      try cancelReceived(stream, &actions)
    case .credit(let stream, let bytes):
      try creditReceived(stream, bytes, &actions)
    case .ping(let opaque):
      actions.append(.send(Message.pong(opaque).framed()))
    case .pong(let opaque):
      // One we never sent, or have given up, is no harm.
      if pings.remove(opaque) != nil { actions.append(.finishPing(opaque, nil)) }
    case .goingAway(let last, let reason):
      goingAwayReceived(last, reason, &actions)
    }
  }

  /// Throws where `stream` was never opened. One that was, and has ended, may still be named: its
  /// last messages can have crossed the peer's on the way.
  func requireOpened(_ stream: StreamID) throws(ProtocolViolation) {
    let last = side.opens(stream) ? lastSent : lastSeen
    guard stream != .none, stream <= last else {
      throw ProtocolViolation("a message for stream \(stream), which was never opened")
    }
  }
}
