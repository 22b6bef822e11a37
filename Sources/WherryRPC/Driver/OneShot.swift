import Synchronization

/// A value that one task waits for and another gives, once. Waiting ends early when the task is cancelled.
final class OneShot<Value: Sendable>: Sendable {
  private enum State {
    case empty
    case waiting(CheckedContinuation<Value, any Error>)
    case resolved(Result<Value, any Error>)
  }

  private let state = Mutex(State.empty)

  /// Whether it was given, or given up.
  var isResolved: Bool {
    state.withLock { if case .resolved = $0 { true } else { false } }
  }

  /// Only the first time counts.
  func resolve(_ result: Result<Value, any Error>) {
    let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
      switch state {
      case .empty:
        state = .resolved(result)
        return nil
      case .waiting(let continuation):
        state = .resolved(result)
        return continuation
      case .resolved:
        return nil
      }
    }
    waiter?.resume(with: result)
  }

  /// To be called by one task only.
  func value() async throws -> Value {
    try await withTaskCancellationHandler {
      try await valueDespiteCancellation()
    } onCancel: {
      resolve(.failure(CancellationError()))
    }
  }

  func valueDespiteCancellation() async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let known: Result<Value, any Error>? = state.withLock { state in
        if case .resolved(let result) = state { return result }
        state = .waiting(continuation)
        return nil
      }
      if let known { continuation.resume(with: known) }
    }
  }
}
