import WherryWire

/// Carries progress from a callback to a client; a slow one misses some of it, and never holds up the work.
enum ProgressRelay {
  static let buffered = 256

  static func run<Value: Sendable>(
    send: @escaping @Sendable (PullProgress) async throws -> Void,
    body: @escaping @Sendable (@escaping @Sendable (PullProgress) -> Void) async throws -> Value
  ) async throws -> Value {
    let (stream, continuation) = AsyncStream.makeStream(
      of: PullProgress.self, bufferingPolicy: .bufferingNewest(buffered))
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        defer { continuation.finish() }
        return try await body { continuation.yield($0) }
      }
      // In this task, so that all progress is sent before the result. A client that is gone cancels the work.
      for await item in stream { try await send(item) }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }
}
