import Synchronization

/// An asynchronous lock: one at a time, in order of arrival. Who is cancelled while waiting
/// leaves the queue with `CancellationError`; who has it keeps it to the end.
package final class SerialLane: Sendable {
  private struct State {
    var isHeld = false
    var next: UInt64 = 0
    var waiters: [(ticket: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    var cancelled: Set<UInt64> = []
  }

  private let state = Mutex(State())

  package init() {}

  /// How many wait, for tests and figures.
  package var waiting: Int { state.withLock(\.waiters.count) }

  /// Runs `body` alone. Not reentrant: calling it again from inside waits for ever.
  package func run<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    try await acquire(isolation: isolation)
    defer { release() }
    return try await body()
  }

  /// Takes it only if nobody has it or waits for it; nil otherwise.
  package func runIfFree<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value? {
    let taken = state.withLock { state in
      if state.isHeld { return false }
      state.isHeld = true
      return true
    }
    guard taken else { return nil }
    defer { release() }
    return try await body()
  }

  private func acquire(isolation: isolated (any Actor)?) async throws {
    try Task.checkCancellation()
    let ticket: UInt64? = state.withLock { state in
      if !state.isHeld {
        state.isHeld = true
        return nil
      }
      state.next += 1
      return state.next
    }
    guard let ticket else { return }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation(isolation: isolation) { continuation in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if state.cancelled.remove(ticket) != nil { return .failure(CancellationError()) }
          if !state.isHeld {
            state.isHeld = true
            return .success(())
          }
          state.waiters.append((ticket, continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        if let index = state.waiters.firstIndex(where: { $0.ticket == ticket }) {
          return state.waiters.remove(at: index).continuation
        }
        state.cancelled.insert(ticket)
        return nil
      }
      waiter?.resume(throwing: CancellationError())
    }
    state.withLock { _ = $0.cancelled.remove(ticket) }
  }

  private func release() {
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      if state.waiters.isEmpty {
        state.isHeld = false
        return nil
      }
      // Handed over: `isHeld` stays.
      return state.waiters.removeFirst().continuation
    }
    next?.resume()
  }
}

/// One lane for each key, kept while somebody uses it.
package final class SerialLanes<Key: Hashable & Sendable>: Sendable {
  private struct Entry {
    var lane: SerialLane
    var users: Int
  }

  private let entries = Mutex<[Key: Entry]>([:])

  package init() {}

  /// Runs `body` alone among those with the same key.
  package func run<Value>(
    _ key: Key, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    let lane = entries.withLock { entries in
      entries[key, default: Entry(lane: SerialLane(), users: 0)].users += 1
      return entries[key]?.lane ?? SerialLane()
    }
    defer {
      entries.withLock { entries in
        entries[key]?.users -= 1
        if entries[key]?.users == 0 { entries[key] = nil }
      }
    }
    return try await lane.run(isolation: isolation, body)
  }

  /// Keys in use, for tests.
  package var count: Int { entries.withLock(\.count) }
}
