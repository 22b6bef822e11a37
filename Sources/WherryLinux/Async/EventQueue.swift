import Synchronization

/// The changes that one `FileWatch` has not fetched.
final class EventQueue: Sendable {
  private struct State {
    var events: [FileWatch.Event] = []
    var reader: (@Sendable (Result<Void, any Error>) -> Void)?
    var failure: SystemError?
  }

  private let state = Mutex(State())
  private static let limit = 256

  /// A change that says the same as the one before it is not kept twice.
  func append(_ event: FileWatch.Event) {
    wakeReader { state in
      if state.events.last == event { return }
      if state.events.count >= Self.limit { state.events = [.overflow] }
      state.events.append(event)
    }
  }

  /// Nothing is watched any more.
  func fail(_ error: SystemError) {
    wakeReader { $0.failure = error }
  }

  /// The next change. To be called by one task at a time; throws `CancellationError` promptly.
  func next() async throws -> FileWatch.Event {
    while true {
      try Task.checkCancellation()
      let event = try state.withLock { state throws(SystemError) -> FileWatch.Event? in
        if !state.events.isEmpty { return state.events.removeFirst() }
        if let failure = state.failure { throw failure }
        return nil
      }
      if let event { return event }
      try await wait()
    }
  }

  private func wait() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let isReady = state.withLock { state in
          if !state.events.isEmpty || state.failure != nil || Task.isCancelled { return true }
          state.reader = { continuation.resume(with: $0) }
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      wakeReader { _ in }
    }
  }

  private func wakeReader(_ change: (inout State) -> Void) {
    let reader = state.withLock { state in
      change(&state)
      defer { state.reader = nil }
      return state.reader
    }
    reader?(.success(()))
  }
}
