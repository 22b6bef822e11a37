import Synchronization

/// How the calls ended, and what should not have been.
final class Tally: Sendable {
  enum Outcome: Int, CaseIterable {
    case answered, failed, cancelled, dropped, expired, disconnected
  }

  private struct State {
    var left = 0
    var counts = [Int](repeating: 0, count: Outcome.allCases.count)
    var connections = 0
    var rude = 0
    var faults: [String] = []
    var entered = 0
    var waits: [Int: String] = [:]
  }

  private let state = Mutex(State())

  /// Lets `calls` more be made.
  func allow(_ calls: Int) { state.withLock { $0.left += calls } }

  /// Whether one more call is to be made.
  func take() -> Bool {
    state.withLock { state in
      guard state.left > 0, state.faults.count < 20 else { return false }
      state.left -= 1
      return true
    }
  }

  var isSpent: Bool { state.withLock { $0.left <= 0 || $0.faults.count >= 20 } }

  func count(_ outcome: Outcome) { state.withLock { $0.counts[outcome.rawValue] += 1 } }

  /// Notes what is waited for, for the case that it never ends.
  func enter(_ what: String) -> Int {
    state.withLock { state in
      state.entered += 1
      state.waits[state.entered] = what
      return state.entered
    }
  }

  func leave(_ entry: Int) { state.withLock { $0.waits[entry] = nil } }

  var entered: Int { state.withLock { $0.entered } }
  var waits: [String] { state.withLock { $0.waits.values.sorted() } }

  func connected() { state.withLock { $0.connections += 1 } }
  func wasRude() { state.withLock { $0.rude += 1 } }
  func fault(_ what: String) { state.withLock { $0.faults.append(what) } }

  var faults: [String] { state.withLock { $0.faults } }
  var calls: Int { state.withLock { $0.counts.reduce(0, +) } }

  var text: String {
    state.withLock { state in
      let kinds = Outcome.allCases.map { "\(state.counts[$0.rawValue]) \($0)" }.joined(separator: ", ")
      return "\(state.counts.reduce(0, +)) calls (\(kinds)) on \(state.connections) connections, "
        + "\(state.rude) rude peers"
    }
  }
}
