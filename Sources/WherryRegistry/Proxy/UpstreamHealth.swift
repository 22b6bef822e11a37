/// Whether upstream is worth asking again, where there is an older answer. Without I/O.
struct UpstreamHealth: Sendable {
  /// After a failure: clients do not all wait for the next one.
  static let pause = Duration.seconds(10)

  private var awayUntil: ContinuousClock.Instant?

  func isAway(_ now: ContinuousClock.Instant) -> Bool { awayUntil.map { now < $0 } ?? false }

  mutating func failed(_ now: ContinuousClock.Instant) { awayUntil = now + Self.pause }

  mutating func answered() { awayUntil = nil }
}
