import WherryModel

/// Deadlines, idleness and grace.
extension Session {
  /// When `timeReached` is to be called; it may be called earlier at no harm.
  var nextDeadline: ContinuousClock.Instant? {
    [earliestDeadline, leaving?.closeAt, idleDeadline, keepalive?.due].compactMap(\.self).min()
  }

  private var idleDeadline: ContinuousClock.Instant? {
    guard leaving == nil, let idleSince, let timeout = settings.idleTimeout else { return nil }
    return idleSince + timeout
  }

  mutating func noteDeadline(_ deadline: ContinuousClock.Instant?) {
    guard let deadline else { return }
    earliestDeadline = min(deadline, earliestDeadline ?? deadline)
  }

  /// Gives a reason where it is time to close.
  mutating func timeReached(
    _ now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]
  ) -> WherryError? {
    if let closeAt = leaving?.closeAt, closeAt <= now {
      return WherryError(.unavailable, "the peer did not close after our farewell")
    }
    switch keepalive?.timeReached(now) {
    case .ping:
      actions.append(.send(Message.ping(nextPing).framed()))
      nextPing += 1
    case .giveUp: return WherryError(.unavailable, "the peer no longer answers")
    case .wait, nil: break
    }
    if let idleDeadline, idleDeadline <= now { leave("idle", &actions) }
    if let earliestDeadline, earliestDeadline <= now { expireCalls(now, &actions) }
    return nil
  }

  private mutating func expireCalls(
    _ now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]
  ) {
    for call in waiting where call.deadline.map({ $0 <= now }) == true {
      callAbandoned(call.stream, .deadlineExceeded, &actions)
    }
    for stream in callers.keys.sorted() where callers[stream]?.deadline.map({ $0 <= now }) == true {
      callAbandoned(stream, .deadlineExceeded, &actions)
    }
    for stream in callees.keys.sorted() where callees[stream]?.deadline.map({ $0 <= now }) == true {
      if callees[stream]?.deadlineReached() == true { stopHandler(stream, &actions) }
    }
    let pending =
      waiting.compactMap(\.deadline)
      + callers.values.filter { $0.state != .abandoned }.compactMap(\.deadline)
      + callees.values.compactMap(\.deadline)
    earliestDeadline = pending.filter { $0 > now }.min()
  }
}
