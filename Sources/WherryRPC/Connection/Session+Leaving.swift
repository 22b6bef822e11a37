import WherryModel
import WherryWire

/// We have said that we are going away.
struct Leaving {
  /// No call of the peer above this one is served.
  let lastServed: StreamID
  /// When to close, no call being under way any more.
  private(set) var closeAt: ContinuousClock.Instant?

  /// A call is under way: the connection stays for it.
  mutating func stay() { closeAt = nil }

  /// No call is: the peer has this long to close.
  mutating func close(within grace: Duration, now: ContinuousClock.Instant) {
    if closeAt == nil { closeAt = now + grace }
  }
}

/// The peer has said that it is going away.
struct PeerLeaving {
  /// Our calls above this one are not served.
  var lastStream: StreamID
  var reason: String
}

extension Session {
  /// Tells the peer that no request it sends from now on is served. The calls under way go on;
  /// then the peer closes, or we do after a grace.
  mutating func leave(_ reason: String, _ actions: inout [ConnectionAction]) {
    guard leaving == nil else { return }
    actions.append(.send(farewell(reason)))
    leaving = Leaving(lastServed: lastSeen)
    handBackWaiting(reason, &actions)
  }

  /// The frame which says that we are going away.
  func farewell(_ reason: String) -> [UInt8] {
    Message.goingAway(
      lastStream: leaving?.lastServed ?? lastSeen, reason: String(reason.prefix(500))
    ).framed()
  }

  mutating func goingAwayReceived(
    _ last: StreamID, _ reason: String, _ actions: inout [ConnectionAction]
  ) {
    let last = min(last, peerLeaving?.lastStream ?? last)
    let reason = String(reason.prefix(500))
    peerLeaving = PeerLeaving(lastStream: last, reason: reason)
    for stream in callers.keys.filter({ $0 > last }).sorted() {
      guard let caller = callers.removeValue(forKey: stream), caller.state != .abandoned else { continue }
      actions.append(.finishCall(stream, .failure(.closedBeforeCall(reason))))
      actions.append(.resumeSenders(stream))
    }
    handBackWaiting(reason, &actions)
  }

  private mutating func handBackWaiting(_ reason: String, _ actions: inout [ConnectionAction]) {
    let refused = waiting
    waiting = []
    for call in refused { refuse(call, .closedBeforeCall(reason), &actions) }
  }
}
