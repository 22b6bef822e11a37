import Glibc
import WherryLinux

extension SignalPipe {
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
}
