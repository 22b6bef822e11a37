import CWherryLinux
import Glibc

/// Reads a pipe, socket or terminal without blocking a thread. One reader at a time; nothing is
/// read ahead, so that an unread pipe holds its writer back.
package final class AsyncReader: Sendable {
  private let file: FileDescriptor
  private let isTerminal: Bool

  /// Takes the descriptor over. `shared`: the open file belongs to others too (standard input),
  /// so it is not switched to non-blocking.
  package init(_ file: consuming FileDescriptor, shared: Bool = false) throws(SystemError) {
    if !shared { try file.setNonBlocking(true) }
    isTerminal = file.isTerminal
    self.shared = shared
    self.file = file
  }

  private let shared: Bool

  package var rawValue: Int32 { file.rawValue }

  /// Suspends until there are bytes; empty at the end. A terminal whose other side is closed
  /// (EIO) has ended too.
  package func read(maximum: Int = 64 << 10) async throws -> [UInt8] {
    while true {
      try Task.checkCancellation()
      if shared { try await Readiness.shared.wait(file.rawValue, for: .readable) }
      if let bytes = try readNow(maximum) { return bytes }
      try await Readiness.shared.wait(file.rawValue, for: .readable)
    }
  }

  /// Nil where nothing is there yet.
  private func readNow(_ maximum: Int) throws(SystemError) -> [UInt8]? {
    do {
      return try file.read(maximum: maximum)
    } catch {
      if error.errno == EAGAIN { return nil }
      if error.errno == EIO, isTerminal { return [] }
      throw error
    }
  }
}

extension AsyncReader: AsyncSequence {
  package struct AsyncIterator: AsyncIteratorProtocol {
    let reader: AsyncReader

    package func next() async throws -> [UInt8]? {
      let bytes = try await reader.read()
      return bytes.isEmpty ? nil : bytes
    }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: self) }
}
