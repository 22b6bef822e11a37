import Synchronization

/// Where a driver has its time from: the system's, an event loop's, or a test's.
package protocol TimeSource: Sendable {
  var now: ContinuousClock.Instant { get }

  /// Calls `body` at `instant` or as soon after as possible.
  func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Alarm
}

/// A call of a time source that is to come.
package struct Alarm: Sendable {
  /// It need not come any more, and nothing is to be kept for it.
  package let cancel: @Sendable () -> Void

  package init(cancel: @escaping @Sendable () -> Void) {
    self.cancel = cancel
  }
}

/// The system's clock, waited for by a task of Swift's pool.
package struct SystemTime: TimeSource {
  package init() {}

  package var now: ContinuousClock.Instant { .now }

  package func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Alarm {
    let task = Task {
      do {
        try await Task.sleep(until: instant, clock: .continuous)
      } catch {
        // Cancelled: nobody waits for it any more.
        return
      }
      body()
    }
    return Alarm { task.cancel() }
  }
}
