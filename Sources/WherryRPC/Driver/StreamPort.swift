import Synchronization
import WherryCBOR
import WherryModel

/// The application's end of one stream: what has arrived for it and who waits.
///
/// A connection holds the ports of the calls under way; a port outlives its call until it is read out.
final class StreamPort: Sendable {
  private struct State {
    var inbox = Inbox()
    var reader: OneShot<Void>?
    var result: Result<[UInt8], WherryError>?
    var resultWaiters: [OneShot<[UInt8]>] = []
    var handler: Task<Void, Never>?
    var isCancelled = false
  }

  let stream: StreamID
  private let driver: ConnectionDriver
  private let state = Mutex(State())

  init(stream: StreamID, driver: ConnectionDriver) {
    self.stream = stream
    self.driver = driver
  }
}

// What the application does.
extension StreamPort {
  func send(_ item: [UInt8]) async throws {
    try await driver.send(item, on: stream)
  }

  func end() {
    driver.endItems(of: stream)
  }

  func cancelCall() {
    if state.withLock({ $0.result == nil }) { driver.cancelCall(stream) }
  }

  func answer(_ result: Result<[UInt8], WherryError>) async {
    await driver.answer(stream, result)
  }

  /// The next item; nil after the last. To be called by one task at a time.
  func nextItem<Item: CBORDecodable>(_ type: Item.Type) async throws -> Item? {
    while true {
      try Task.checkCancellation()
      let reading: (Inbox.Reading, OneShot<Void>?) = state.withLock { state in
        let reading = state.inbox.read()
        guard case .wait = reading else { return (reading, nil) }
        let reader = OneShot<Void>()
        state.reader = reader
        return (reading, reader)
      }
      switch reading.0 {
      case .item(let bytes):
        driver.itemsConsumed(bytes.count, of: stream)
        return try decode(bytes)
      case .end: return nil
      case .failed(let error): throw error
      case .wait: try await reading.1?.value()
      }
    }
  }

  private func decode<Item: CBORDecodable>(_ bytes: [UInt8]) throws(WherryError) -> Item {
    do {
      return try Item(cbor: bytes)
    } catch {
      throw WherryError(decoding: "an item of type \(Item.self)", error, code: .invalidArgument)
    }
  }

  /// Why our call has failed, if it has.
  var failure: WherryError? {
    state.withLock { state in
      guard case .failure(let error) = state.result else { return nil }
      return error
    }
  }

  func result() async throws -> [UInt8] {
    let waiter = OneShot<[UInt8]>()
    state.withLock { state in
      if let result = state.result {
        waiter.resolve(result.mapError { $0 })
      } else {
        state.resultWaiters.append(waiter)
      }
    }
    return try await waiter.valueDespiteCancellation()
  }
}

// What the connection does, once it has let go of its lock.
extension StreamPort {
  func deliver(_ item: [UInt8]) {
    wakeReader { $0.append(item) }
  }

  func endItems() {
    wakeReader { $0.finish(.ended) }
  }

  /// Our call has ended.
  func finish(_ result: Result<[UInt8], WherryError>) {
    let waiters: [OneShot<[UInt8]>] = state.withLock { state in
      guard state.result == nil else { return [] }
      state.result = result
      defer { state.resultWaiters = [] }
      return state.resultWaiters
    }
    wakeReader { inbox in
      switch result {
      case .success: inbox.finish(.ended)
      case .failure(let error): inbox.finish(.failed(error))
      }
    }
    for waiter in waiters { waiter.resolve(result.mapError { $0 }) }
  }

  /// The task that serves the peer's call. It is cancelled at once where the call already was.
  func attach(_ handler: Task<Void, Never>) {
    let isCancelled = state.withLock { state in
      state.handler = handler
      return state.isCancelled
    }
    if isCancelled { handler.cancel() }
  }

  /// The peer no longer wants the answer, or is gone.
  func cancelHandler() {
    let handler = state.withLock { state in
      state.isCancelled = true
      return state.handler
    }
    handler?.cancel()
    wakeReader { $0.discard(.cancelled) }
  }

  /// The handler's task has ended.
  func detach() {
    state.withLock {
      $0.handler = nil; $0.isCancelled = false
    }
  }

  private func wakeReader(_ change: (inout Inbox) -> Void) {
    let reader: OneShot<Void>? = state.withLock { state in
      change(&state.inbox)
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resolve(.success(()))
  }
}
