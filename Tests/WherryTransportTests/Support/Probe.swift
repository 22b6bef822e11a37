import Synchronization

/// Something a handler counts and a test waits for.
final class Probe: Sendable {
  private let state = Mutex(0)

  var count: Int { state.withLock { $0 } }

  func add(_ number: Int = 1) { state.withLock { $0 += number } }

  func reach(_ number: Int) async throws {
    while count < number {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}

/// Waits until the task is cancelled.
func untilCancelled() async {
  let (stream, continuation) = AsyncStream<Never>.makeStream()
  for await _ in stream {}
  continuation.finish()
}
