import Synchronization

/// Where whoever may have left something behind says so. Many requests at once are one.
final class CleanupRequests: Sendable {
  let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let due = Mutex(false)

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  func send() {
    due.withLock { $0 = true }
    continuation.yield()
  }

  /// Whether there were any since the last time this was asked.
  func take() -> Bool {
    due.withLock { due in
      defer { due = false }
      return due
    }
  }
}
