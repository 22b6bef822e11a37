import WherryModel
import WherryRPC
import WherryWire

/// What the server does. The methods are borrowed for their numbers and roles.
enum Methods {
  /// Gives back what it gets; fails where that is empty.
  static let echo = RPCMethod.systemVersion
  /// Never answers by itself.
  static let hang = RPCMethod.containerWait
  /// Sends as many items of as many bytes as it is told, and gives their number.
  static let produce = RPCMethod.containerLogs
  /// Gives the number of bytes it got.
  static let consume = RPCMethod.imageImport
  /// Sends every item back.
  static let mirror = RPCMethod.containerRun

  static let service = Service { call in
    switch call.method {
    case echo:
      await call.serveUnary { (text: String, _) in
        if text.isEmpty { throw WherryError(.notFound, "nothing to say") }
        return text
      }
    case hang:
      await call.serveUnary { (_: String, _) -> String in
        // Not a sleep: Swift keeps the timer of one that is cancelled until its time comes.
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        continuation.finish()
        throw CancellationError()
      }
    case produce:
      await call.serveOutput { (order: String, output: ItemSink<String>, _) -> UInt64 in
        let numbers = order.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { throw WherryError(.invalidArgument, order) }
        let item = String(repeating: "x", count: numbers[1])
        for _ in 0..<numbers[0] { try await output.send(item) }
        return UInt64(numbers[0])
      }
    case consume:
      await call.serveInput { (_: String, input: ItemSource<String>, _) -> UInt64 in
        var count = 0
        for try await item in input { count += item.utf8.count }
        return UInt64(count)
      }
    case mirror:
      await call.serveStreaming {
        (_: String, input: ItemSource<String>, output: ItemSink<String>, _) -> UInt64 in
        var count: UInt64 = 0
        for try await item in input {
          try await output.send(item)
          count += 1
        }
        return count
      }
    default: await call.refuseUnknownMethod()
    }
  }
}
