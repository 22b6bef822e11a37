/// Whether and when a broken transfer is tried again: as long as bytes come, for ever; without any, until the patience
/// is at an end. Pure.
struct RetryMachine: Sendable {
  private let limits: RegistryLimits
  private var failures = 0
  private var pause: Duration
  private var lastProgress: ContinuousClock.Instant

  init(_ limits: RegistryLimits, now: ContinuousClock.Instant) {
    self.limits = limits
    pause = limits.firstPause
    lastProgress = now
  }

  /// How long to wait before the next attempt; nil to give up. `bytes` is what the failed attempt brought, `random` is
  /// in 0..<1.
  mutating func failed(bytes: UInt64, now: ContinuousClock.Instant, random: Double) -> Duration? {
    // A trickle is no progress: it could go on for ever.
    if bytes >= UInt64(clamping: limits.trickleBytes) * 16 {
      failures = 0
      pause = limits.firstPause
      lastProgress = now
    }
    failures += 1
    guard failures < limits.attempts || now - lastProgress < limits.patience else { return nil }
    // Devices that lost the same link do not all come back in the same moment.
    let wait = pause * (0.75 + random / 2)
    pause = min(pause * 2, limits.longestPause)
    return wait
  }
}
