import CWherryLinux
import Glibc

/// The signals this process gets, as a sequence (the self-pipe trick).
///
/// Signals are for the process, so there is one of these in it.
package struct SignalPipe: Sendable {
  private let reader: AsyncReader

  /// From here on these signals are delivered here.
  package init(_ numbers: [Int32]) throws(SystemError) {
    let (reading, writing) = try Pipe().ends()
    let reader = FileDescriptor(owning: reading)
    // A handler must not wait: a full pipe loses a signal, as the kernel does.
    try Self.setNonBlocking(writing)
    self.reader = try AsyncReader(reader)
    let failure = wherry_signals_to_pipe(writing, numbers, Int32(numbers.count))
    if failure != 0 { throw SystemError(errno: failure, "catch", "signals") }
  }

  /// Suspends until the next signal.
  package func next() async throws -> [Int32] {
    try await reader.read().map { Int32($0) }
  }

  private static func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
    let file = FileDescriptor(owning: descriptor)
    try file.setNonBlocking(true)
    _ = file.release()
  }
}
