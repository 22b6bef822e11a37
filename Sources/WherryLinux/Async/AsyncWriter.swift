import CWherryLinux
import Glibc
import Synchronization

/// Writes a pipe, socket or terminal without blocking a thread; suspends while the other side
/// does not read. One writer at a time. The process ignores SIGPIPE, so a reader that left is
/// the error EPIPE.
package final class AsyncWriter: Sendable {
  private let shared: Bool
  private let number: Mutex<Int32>

  /// Takes the descriptor over. `shared`: as for `AsyncReader`.
  package init(_ file: consuming FileDescriptor, shared: Bool = false) throws(SystemError) {
    if !shared { try file.setNonBlocking(true) }
    self.shared = shared
    number = Mutex(file.release())
    BrokenPipe.ignore()
  }

  deinit {
    close()
  }

  /// Writes all of `bytes`.
  package func write(_ bytes: some Collection<UInt8> & Sendable) async throws {
    var rest = ArraySlice(bytes)
    while !rest.isEmpty {
      try Task.checkCancellation()
      if shared { try await Readiness.shared.wait(try open(), for: .writable) }
      // Not more than a pipe takes at once where the file may block: PIPE_BUF is always free then.
      if let count = try writeNow(shared ? rest.prefix(Int(PIPE_BUF)) : rest) {
        rest = rest.dropFirst(count)
      } else {
        try await Readiness.shared.wait(try open(), for: .writable)
      }
    }
  }

  /// Ends the stream for the reader. Later writes throw EBADF.
  package func close() {
    number.withLock { number in
      if number >= 0 { _ = Glibc.close(number) }
      number = -1
    }
  }

  /// Nil where there is no room. Under the lock, so that `close` never pulls the descriptor away.
  private func writeNow(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
    try number.withLock { number throws(SystemError) in
      if number < 0 { throw SystemError(errno: EBADF, "write", "closed stream") }
      do throws(SystemError) {
        return try FileDescriptor.writeSome(number, bytes)
      } catch {
        if error.errno == EAGAIN { return nil }
        throw error
      }
    }
  }

  private func open() throws(SystemError) -> Int32 {
    let number = number.withLock { $0 }
    if number < 0 { throw SystemError(errno: EBADF, "write", "closed stream") }
    return number
  }
}

/// SIGPIPE kills by default; here a broken pipe is an error of the call.
package enum BrokenPipe {
  /// Idempotent. Children get the default back, see `Spawn`.
  package static func ignore() {
    _ = ignored
  }

  private static let ignored: Void = wherry_ignore_sigpipe()
}
