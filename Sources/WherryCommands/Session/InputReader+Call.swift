import WherryModel
import WherryRPC
import WherryWire

extension InputReader {
  /// Sends all there is to read, and gives the call's result.
  func feed<Item: SendableMetatype, Success: Sendable>(
    _ call: Call<Item, NoOutput, Success>, _ item: @escaping @Sendable ([UInt8]) -> Item
  ) async throws -> Success {
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        do {
          while let data = try await next() { try await call.send(item(data)) }
          call.end()
        } catch let error as WherryError {
          // Why the daemon stopped listening is in the call's result.
          if error.code == .unavailable || error.code == .cancelled { return }
          call.cancel()
        }
      }
      return try await call.result()
    }
  }
}
