import Dispatch
import NIOCore
import Synchronization

/// Carries bytes from tasks, which wait for room, to a thread, which blocks for bytes.
final class ByteChannel: ByteSource, Sendable {
  private enum Item {
    case bytes(ByteBuffer)
    case end((any Error)?)
  }

  private struct State {
    var items: [Item] = []
    var buffered = 0
    var isFinished = false
    var isClosed = false
    var sender: CheckedContinuation<Void, Never>?
    /// What `read` has not handed out yet. The reader's alone.
    var current = ByteBuffer()
    var end: Item?
  }

  private let capacity: Int
  private let state = Mutex(State())
  /// Counts `items`.
  private let available = DispatchSemaphore(value: 0)

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Suspends while more than the capacity waits to be read. One sender at a time.
  func send(_ bytes: ByteBuffer) async throws {
    guard bytes.readableBytes > 0 else { return }
    let isClosed = state.withLock { state in
      if !state.isClosed, !state.isFinished {
        state.items.append(.bytes(bytes))
        state.buffered += bytes.readableBytes
      }
      return state.isClosed
    }
    if isClosed { throw CancellationError() }
    available.signal()
    await withCheckedContinuation { continuation in
      let goOn = state.withLock { state in
        if state.buffered <= capacity || state.isClosed { return true }
        state.sender = continuation
        return false
      }
      if goOn { continuation.resume() }
    }
  }

  /// No more bytes; `error` is what the reader gets after those that are there.
  func finish(_ error: (any Error)?) {
    let isFirst = state.withLock { state in
      if state.isFinished { return false }
      state.isFinished = true
      state.items.append(.end(error))
      return true
    }
    if isFirst { available.signal() }
  }

  /// The reader wants no more: a sender that waits goes on, and its next `send` fails.
  func close() {
    let sender = state.withLock { state in
      state.isClosed = true
      state.items.removeAll()
      state.buffered = 0
      state.current = ByteBuffer()
      defer { state.sender = nil }
      return state.sender
    }
    sender?.resume()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let (count, end, sender) = state.withLock { state in
        let count = min(buffer.count, state.current.readableBytes)
        if count > 0 {
          state.current.readWithUnsafeReadableBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
          }
          state.buffered -= count
        }
        guard state.buffered <= capacity / 2 else { return (count, state.end, nil as Continuation?) }
        defer { state.sender = nil }
        return (count, state.end, state.sender)
      }
      sender?.resume()
      if count > 0 { return count }
      if case .end(let error) = end {
        if let error { throw error }
        return 0
      }
      available.wait()
      state.withLock { state in
        guard !state.items.isEmpty else { return }
        switch state.items.removeFirst() {
        case .bytes(let bytes): state.current = bytes
        case .end(let error): state.end = .end(error)
        }
      }
    }
  }

  private typealias Continuation = CheckedContinuation<Void, Never>
}
