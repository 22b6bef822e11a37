import Synchronization
import WherryModel

/// Measures how long a peer has kept us waiting for its next `trickleBytes`. Time in which we did
/// not ask for anything (back-pressure) does not count.
final class StallClock: Sendable {
  private struct State {
    var waited: Duration = .zero
    var waitingSince: ContinuousClock.Instant?
    var bytes = 0
  }

  private let state = Mutex(State())
  private let limits: RegistryLimits

  init(_ limits: RegistryLimits) {
    self.limits = limits
  }

  func waiting(now: ContinuousClock.Instant = .now) {
    state.withLock { $0.waitingSince = now }
  }

  func received(_ count: Int, now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      if let since = state.waitingSince { state.waited += now - since }
      state.waitingSince = nil
      state.bytes += count
      if state.bytes >= limits.trickleBytes {
        state.bytes = 0
        state.waited = .zero
      }
    }
  }

  func isStalled(now: ContinuousClock.Instant = .now) -> Bool {
    state.withLock { state in
      state.waited + (state.waitingSince.map { now - $0 } ?? .zero) > limits.idle
    }
  }
}

/// Runs `operation` and ends it with `deadlineExceeded` when its clock says the peer stalls.
func withStallClock<Result: Sendable>(
  _ limits: RegistryLimits, peer: String,
  _ operation: @escaping @Sendable (StallClock) async throws -> Result
) async throws -> Result {
  let clock = StallClock(limits)
  return try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await operation(clock) }
    group.addTask {
      while !clock.isStalled() { try await Task.sleep(for: limits.idle / 8) }
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let result = first else {
      throw WherryError(
        .deadlineExceeded, "\(peer) sent next to nothing for \(limits.idle.components.seconds) s")
    }
    return result
  }
}
