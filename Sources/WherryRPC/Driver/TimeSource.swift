import Synchronization

/// Where a driver has its time from: the system's, an event loop's, or a test's.
package protocol TimeSource: Sendable {
  var now: ContinuousClock.Instant { get }

  /// Calls `body` at `instant` or as soon after as possible.
  func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void)
}

/// The system's clock, waited for by a task of Swift's pool.
package struct SystemTime: TimeSource {
  package init() {}

  package var now: ContinuousClock.Instant { .now }

  package func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) {
    Task {
      do {
        try await Task.sleep(until: instant, clock: .continuous)
      } catch {
        // Nobody has this task, so nobody cancels it.
        return
      }
      body()
    }
  }
}
