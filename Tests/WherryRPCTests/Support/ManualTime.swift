import Synchronization
import WherryRPC

/// Time that passes when a test says so.
final class ManualTime: TimeSource {
  private struct State {
    var now = ContinuousClock.now
    var number = 0
    var alarms: [(number: Int, at: ContinuousClock.Instant, body: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())

  var now: ContinuousClock.Instant { state.withLock { $0.now } }

  func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Alarm {
    let number = state.withLock { state in
      state.number += 1
      state.alarms.append((state.number, instant, body))
      return state.number
    }
    return Alarm { [weak self] in self?.state.withLock { $0.alarms.removeAll { $0.number == number } } }
  }

  /// How many are asked for and have not come.
  var pending: Int { state.withLock { $0.alarms.count } }

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
