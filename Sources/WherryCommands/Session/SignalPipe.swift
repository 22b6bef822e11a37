import CWherryLinux
import Glibc
import WherryLinux

/// The signals this process gets, as a sequence (the self-pipe trick).
///
/// Signals are for the process, so there is one of these in it.
struct SignalPipe: Sendable {
  private let reader: AsyncReader

  /// From here on these signals are delivered here.
  init(_ numbers: [Int32]) throws(SystemError) {
    let (reading, writing) = try Pipe().ends()
    let reader = FileDescriptor(owning: reading)
    // A handler must not wait: a full pipe loses a signal, as the kernel does.
    try Self.setNonBlocking(writing)
    self.reader = try AsyncReader(reader)
    let failure = wherry_signals_to_pipe(writing, numbers, Int32(numbers.count))
    if failure != 0 { throw SystemError(errno: failure, "catch", "signals") }
  }

  /// Suspends until the next signal.
  func next() async throws -> [Int32] {
    try await reader.read().map { Int32($0) }
  }

  /// As Docker's client, all but those about children, broken pipes and urgent data; those a fault
  /// of our own raises; and the terminal's, which stop this process and not the container.
  static let forwarded: [Int32] = (1...64).filter { number in
    let kept: Set<Int32> = [
      SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,
      SIGFPE,
      SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF,
    ]
    // 32 and 33 are the C library's own.
    return !kept.contains(number) && number != 32 && number != 33
  }

  /// What matters where keys such as ctrl-C go to the process: another size, and the end of the terminal.
  static let atTerminal: [Int32] = [SIGWINCH, SIGHUP, SIGTERM, SIGINT, SIGQUIT]

  private static func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
    let file = FileDescriptor(owning: descriptor)
    try file.setNonBlocking(true)
    _ = file.release()
  }
}
