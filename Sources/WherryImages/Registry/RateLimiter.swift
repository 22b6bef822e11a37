import Synchronization
import WherryModel

/// Lets so many bytes a second pass, over all downloads together.
final class RateLimiter: Sendable {
  private let bytesPerSecond: UInt64
  /// When what was taken so far is paid for.
  private let paid: Mutex<ContinuousClock.Instant>

  /// Nil for no limit.
  init?(bytesPerSecond: UInt64) {
    guard bytesPerSecond > 0 else { return nil }
    self.bytesPerSecond = bytesPerSecond
    paid = Mutex(.now)
  }

  /// Waits until `count` bytes more are within the limit.
  func take(_ count: Int) async throws {
    let wait = reserve(count, now: .now)
    if wait > .zero { try await Task.sleep(for: wait) }
  }

  /// How long to wait for `count` bytes that came at `now`.
  func reserve(_ count: Int, now: ContinuousClock.Instant) -> Duration {
    let nanoseconds = UInt64(clamping: count).multipliedFullWidth(by: 1_000_000_000)
    let cost = Duration.nanoseconds(
      Int64(
        clamping: bytesPerSecond > nanoseconds.high
          ? bytesPerSecond.dividingFullWidth(nanoseconds).quotient : UInt64.max))
    return paid.withLock { paid in
      paid = max(paid, now) + cost
      return paid - now
    }
  }
}
