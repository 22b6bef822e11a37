package import WherryModel
import WherryWire

/// What this side's callers, handlers and clock do.
extension ConnectionMachine {
  /// A caller wants a call made. Gives its number; it is sent when the peer has room for it.
  package mutating func callRequested(
    _ method: UInt64, params: [UInt8], deadline: ContinuousClock.Instant?, now: ContinuousClock.Instant
  ) -> (stream: StreamID?, actions: [ConnectionAction]) {
    guard let stream = takeStream() else { return (nil, []) }
    let limit = settings.maximumWaiting
    let call = WaitingCall(stream: stream, method: method, params: params, deadline: deadline)
    let actions = event(now) { session, actions in
      session.callRequested(call, &actions)
    } greeting: { greeting, actions in
      if greeting.waiting.count < limit {
        greeting.waiting.append(call)
      } else {
        actions.append(.finishCall(stream, .failure(.tooManyWaiting(limit))))
      }
    } closed: { error, actions in
      actions.append(.finishCall(stream, .failure(.beforeCall(error))))
    }
    return (stream, actions)
  }

  /// A caller no longer wants the result of its call.
  package mutating func callCancelled(
    _ stream: StreamID, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    event(now) { session, actions in
      session.callAbandoned(stream, .cancelled, &actions)
    } greeting: { greeting, actions in
      greeting.callAbandoned(stream, .cancelled, &actions)
    }
  }

  /// A handler has answered, or has returned without an answer.
  package mutating func callAnswered(
    _ stream: StreamID, _ result: Result<[UInt8], WherryError>, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    event(now) { session, actions in session.callAnswered(stream, result, &actions) }
  }

  /// A caller or a handler wants an item sent.
  package mutating func itemOffered(_ stream: StreamID, _ value: [UInt8]) -> ItemOutcome {
    if let waits = state.whileGreeting({ $0.waiting.contains { $0.stream == stream } }) {
      return waits ? .wait : .refused(.callEnded)
    }
    return state.whileEstablished { $0.itemOffered(stream, value) } ?? .refused(.callEnded)
  }

  /// A caller or a handler will send no more items.
  package mutating func itemsEnded(
    _ stream: StreamID, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    event(now) { session, actions in
      session.itemsEnded(stream, &actions)
    } greeting: { greeting, _ in
      if let index = greeting.waiting.firstIndex(where: { $0.stream == stream }) {
        greeting.waiting[index].isInputEnded = true
      }
    }
  }

  /// A caller or a handler has read `bytes` of items.
  package mutating func itemsConsumed(
    _ stream: StreamID, _ bytes: Int, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    event(now) { session, actions in session.itemsConsumed(stream, bytes, &actions) }
  }

  /// The application stops: no request that arrives from now on is served.
  package mutating func leaveRequested(
    _ reason: String, now: ContinuousClock.Instant
  ) -> [ConnectionAction] {
    var actions = event(now) { session, actions in session.leave(reason, &actions) }
    if state.isGreeting {
      state.close(WherryError(.unavailable, reason), farewell: true, &actions)
    }
    return actions
  }

  /// The application closes the connection without waiting for its calls.
  package mutating func closeRequested(_ reason: String) -> [ConnectionAction] {
    var actions: [ConnectionAction] = []
    state.close(WherryError(.unavailable, reason), farewell: true, &actions)
    return actions
  }

  /// `nextDeadline` has come.
  package mutating func timeReached(now: ContinuousClock.Instant) -> [ConnectionAction] {
    var overdue: WherryError?
    var actions = event(now) { session, actions in
      overdue = session.timeReached(now, &actions)
    } greeting: { greeting, actions in
      greeting.expireCalls(now, &actions)
      if greeting.deadline <= now {
        overdue = WherryError(.unavailable, "the peer did not say hello in time")
      }
    }
    if let overdue { state.close(overdue, farewell: true, &actions) }
    return actions
  }

  /// Runs one event in the session and settles it; elsewhere does what the other closures say.
  private mutating func event(
    _ now: ContinuousClock.Instant,
    _ session: (inout Session, inout [ConnectionAction]) -> Void,
    greeting: (inout Greeting, inout [ConnectionAction]) -> Void = { _, _ in },
    closed: (WherryError, inout [ConnectionAction]) -> Void = { _, _ in }
  ) -> [ConnectionAction] {
    var actions: [ConnectionAction] = []
    if let error = state.closedError { closed(error, &actions) }
    _ = state.whileGreeting { greeting(&$0, &actions) }
    _ = state.whileEstablished { session(&$0, &actions) }
    settle(now: now, &actions)
    return actions
  }
}
