import WherryModel

/// A connection after both hellos: the calls of both directions and who is going away.
///
/// Its methods append to `actions` what is to be done. The rest of it stands by subject in
/// `Session+Calling`, `+Serving`, `+Items`, `+Leaving`, `+Time` and `+Messages`.
struct Session: ~Copyable {
  let side: ConnectionSide
  let settings: ConnectionSettings
  let peer: PeerParameters

  /// Calls of ours that the peer has been sent and has not answered.
  var callers: [StreamID: CallerStream] = [:]
  /// Calls of ours that wait for one of those to end, oldest first.
  var waiting: [WaitingCall]
  /// Calls of the peer that are not answered.
  var callees: [StreamID: CalleeStream] = [:]

  /// The highest of our streams the peer has been sent.
  var lastSent = StreamID.none
  /// The highest stream the peer has opened.
  var lastSeen = StreamID.none

  var nextPing: UInt64 = 1
  var pings: Set<UInt64> = []

  /// Set once we have said that we are going away.
  var leaving: Leaving?
  /// Set once the peer has.
  var peerLeaving: PeerLeaving?

  var keepalive: Keepalive?

  /// Since when no call is under way.
  var idleSince: ContinuousClock.Instant?
  /// No call's deadline is before this; found anew when it is reached.
  var earliestDeadline: ContinuousClock.Instant?

  init(
    side: ConnectionSide, settings: ConnectionSettings, peer: PeerParameters, waiting: [WaitingCall]
  ) {
    self.side = side
    self.settings = settings
    self.peer = peer
    self.waiting = waiting
    keepalive = settings.keepalive.map { Keepalive($0) }
    earliestDeadline = waiting.compactMap(\.deadline).min()
  }

  /// Whether anybody waits for the outcome of a call.
  var isActive: Bool {
    !callees.isEmpty || !waiting.isEmpty || callers.values.contains { $0.state != .abandoned }
  }

  var activeCalls: Int { callees.count + callers.count + waiting.count }

  /// What follows from any event: waiting calls start where there is room; the connection is noted
  /// as idle or not. Gives a reason where the connection has nothing more to do.
  mutating func settle(now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]) -> WherryError? {
    startWaiting(now: now, &actions)
    let isActive = isActive
    keepalive?.callsChanged(areUnderWay: isActive, now: now)
    if isActive {
      idleSince = nil
      leaving?.stay()
    } else {
      if idleSince == nil { idleSince = now }
      leaving?.close(within: settings.grace, now: now)
      if let peerLeaving { return WherryError(.unavailable, "the peer went away: \(peerLeaving.reason)") }
    }
    return nil
  }

  /// Hands back all that waits here, because the connection is over.
  consuming func handBack(_ error: WherryError, _ actions: inout [ConnectionAction]) {
    // What the peer has said of itself explains more than that its end is gone.
    let error = peerLeaving.map { WherryError(error.code, $0.reason) } ?? error
    for (stream, caller) in callers.sorted(by: { $0.key < $1.key }) where caller.state != .abandoned {
      actions.append(.finishCall(stream, .failure(.beforeAnswer(error))))
      actions.append(.resumeSenders(stream))
    }
    for call in waiting {
      actions.append(.finishCall(call.stream, .failure(.beforeCall(error))))
      actions.append(.resumeSenders(call.stream))
    }
    for stream in callees.keys.sorted() {
      actions.append(.cancelHandler(stream))
      actions.append(.resumeSenders(stream))
    }
    for ping in pings.sorted() { actions.append(.finishPing(ping, .beforeAnswer(error))) }
  }
}
