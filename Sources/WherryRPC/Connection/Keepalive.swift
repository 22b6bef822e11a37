/// Finds out that a peer across a network is gone, which TCP alone may not say for hours.
///
/// It runs while a call is under way: with none, nobody waits for the peer, and a radio may sleep.
/// Whatever the peer sends shows that it lives.
package struct Keepalive {
  /// How long a peer may be silent before it is asked, and how long after that before it is given up.
  package struct Timing: Sendable, Equatable {
    package var interval: Duration
    package var timeout: Duration

    package init(interval: Duration, timeout: Duration) {
      self.interval = interval
      self.timeout = timeout
    }

    /// For TLS and ssh. The pong of a peer on a thin link stands behind all that is queued there,
    /// so it is given longer than the silence that makes us ask.
    package static let network = Timing(interval: .seconds(30), timeout: .seconds(90))
  }

  enum Step: Hashable {
    case wait
    case ping
    case giveUp
  }

  private enum State {
    /// No call is under way. → listening
    case resting
    /// → probing, resting
    case listening(since: ContinuousClock.Instant)
    /// The ping is sent. → listening, resting
    case probing(since: ContinuousClock.Instant)
  }

  private let timing: Timing
  private var state = State.resting

  init(_ timing: Timing) {
    self.timing = timing
  }

  var due: ContinuousClock.Instant? {
    switch state {
    case .resting: nil
    case .listening(let since): since + timing.interval
    case .probing(let since): since + timing.timeout
    }
  }

  mutating func heard(now: ContinuousClock.Instant) {
    if case .resting = state { return }
    state = .listening(since: now)
  }

  mutating func callsChanged(areUnderWay: Bool, now: ContinuousClock.Instant) {
    switch (state, areUnderWay) {
    case (.resting, true): state = .listening(since: now)
    case (_, false): state = .resting
    default: break
    }
  }

  mutating func timeReached(_ now: ContinuousClock.Instant) -> Step {
    guard let due, due <= now else { return .wait }
    if case .probing = state { return .giveUp }
    state = .probing(since: now)
    return .ping
  }
}
