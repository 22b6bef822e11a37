// Shared by both peers: GRPCPeer/Caller.swift is a link to this file.

/// Makes calls when it is told to, and says how long each took.
///
/// Whoever measures reads the processes' figures while a client waits for its next line: so what connecting and
/// warming up cost is in no figure.
struct Caller {
  let scenario: Scenario
  let count: Int
  let call: @Sendable () async throws -> Void

  /// Warms up, says `ready`; makes the calls at each line of standard input and says how it went.
  func run() async throws {
    _ = try await round(max(1, count / 10))
    emit("ready")
    while readLine() != nil {
      let start = ContinuousClock.now
      let times = try await round(count).sorted()
      let seconds = start.duration(to: .now) / .seconds(1)
      let (p50, p99) = (times[times.count / 2], times[times.count * 99 / 100])
      emit(
        "calls \(times.count) seconds \(seconds) p50 \(p50 / .microseconds(1)) p99 \(p99 / .microseconds(1))")
    }
  }

  private func round(_ count: Int) async throws -> [Duration] {
    let share = max(1, count / scenario.inFlight)
    return try await withThrowingTaskGroup(of: [Duration].self) { group in
      for _ in 0..<scenario.inFlight { group.addTask { try await series(share) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func series(_ count: Int) async throws -> [Duration] {
    var times: [Duration] = []
    times.reserveCapacity(count)
    for _ in 0..<count {
      let start = ContinuousClock.now
      try await call()
      times.append(start.duration(to: .now))
    }
    return times
  }
}

enum Scenario: String {
  case echo1, echo64, list50, stream

  var inFlight: Int { self == .echo64 ? 64 : 1 }

  static let echoBytes = 100
  static let chunkBytes = 64 << 10
  /// 64 MiB.
  static let chunks = 1024
}

struct Failure: Error {
  var message: String

  init(_ message: String) { self.message = message }
}
