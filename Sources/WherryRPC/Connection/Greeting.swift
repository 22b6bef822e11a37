import WherryModel

/// A connection whose peer has not said hello.
struct Greeting: ~Copyable {
  let deadline: ContinuousClock.Instant
  /// Our calls, which cannot be sent before the peer's limits are known, oldest first.
  var waiting: [WaitingCall] = []

  init(deadline: ContinuousClock.Instant) {
    self.deadline = deadline
  }

  var nextDeadline: ContinuousClock.Instant {
    waiting.compactMap(\.deadline).reduce(deadline, min)
  }

  mutating func callAbandoned(
    _ stream: StreamID, _ error: WherryError, _ actions: inout [ConnectionAction]
  ) {
    guard let index = waiting.firstIndex(where: { $0.stream == stream }) else { return }
    waiting.remove(at: index)
    actions.append(.finishCall(stream, .failure(error)))
    actions.append(.resumeSenders(stream))
  }

  mutating func expireCalls(_ now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]) {
    for call in waiting where call.deadline.map({ $0 <= now }) == true {
      callAbandoned(call.stream, .deadlineExceeded, &actions)
    }
  }

  consuming func handBack(_ error: WherryError, _ actions: inout [ConnectionAction]) {
    for call in waiting {
      actions.append(.finishCall(call.stream, .failure(.beforeCall(error))))
      actions.append(.resumeSenders(call.stream))
    }
  }
}
