import Synchronization
import WherryRPC

/// Time that passes when a test says so.
final class ManualTime: TimeSource {
  private struct State {
    var now = ContinuousClock.now
    var alarms: [(at: ContinuousClock.Instant, body: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())

  var now: ContinuousClock.Instant { state.withLock { $0.now } }

  func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.alarms.append((instant, body)) }
  }

  func pass(_ duration: Duration) {
    let due = state.withLock { state in
      state.now += duration
      let now = state.now
      let due = state.alarms.filter { $0.at <= now }
      state.alarms.removeAll { $0.at <= now }
      return due
    }
    for alarm in due { alarm.body() }
  }
}
