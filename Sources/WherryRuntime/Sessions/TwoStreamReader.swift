import Synchronization
import WherryEngine
import WherryLinux

/// Reads two pipes as they fill. Nothing is read ahead, so that a process whose output nobody takes waits.
/// For one consumer.
final class TwoStreamReader: Sendable {
  private enum Stream {
    case out
    case err
  }

  private struct State {
    var open: [Stream] = [.out, .err]
  }

  private let out: AsyncReader
  private let err: AsyncReader
  private let state = Mutex(State())

  init(out: AsyncReader, err: AsyncReader) {
    self.out = out
    self.err = err
  }

  /// Nil when both have ended.
  func next() async throws -> OutputChunk? {
    while true {
      let open = state.withLock { $0.open }
      if open.isEmpty { return nil }
      let ready = try await firstReady(open)
      let bytes = try await reader(ready).read()
      if bytes.isEmpty {
        state.withLock { $0.open.removeAll { $0 == ready } }
        continue
      }
      switch ready {
      case .out: return .stdout(bytes)
      case .err: return .stderr(bytes)
      }
    }
  }

  private func reader(_ stream: Stream) -> AsyncReader {
    switch stream {
    case .out: out
    case .err: err
    }
  }

  private func firstReady(_ open: [Stream]) async throws -> Stream {
    guard open.count > 1, let only = open.first else { return open.first ?? .out }
    return try await withThrowingTaskGroup(of: Stream.self) { group in
      for stream in open {
        let number = reader(stream).rawValue
        group.addTask {
          try await Readiness.shared.wait(number, for: .readable)
          return stream
        }
      }
      let first = try await group.next() ?? only
      group.cancelAll()
      return first
    }
  }
}
