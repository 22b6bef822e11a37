import CWherryLinux
import Glibc

/// How a child ended.
package enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
  case exited(UInt8)
  case signalled(Int32, dumpedCore: Bool)

  package var isSuccess: Bool { self == .exited(0) }

  /// As shells report: its own code, or 128 + signal.
  package var code: UInt8 {
    switch self {
    case .exited(let code): code
    case .signalled(let number, _): UInt8(clamping: 128 + Int(number))
    }
  }

  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signalled(let number, _): "ended by \(Signal.name(number))"
    }
  }

  /// From si_code and si_status of waitid(2).
  init(code: Int32, status: Int32) {
    switch code {
    case Int32(CLD_KILLED): self = .signalled(status, dumpedCore: false)
    case Int32(CLD_DUMPED): self = .signalled(status, dumpedCore: true)
    default: self = .exited(UInt8(truncatingIfNeeded: status))
    }
  }

  /// From a status of wait(2), as conmon and systemd pass it on.
  package init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self =
      signal == 0
      ? .exited(UInt8(truncatingIfNeeded: waitStatus >> 8))
      : .signalled(signal, dumpedCore: waitStatus & 0x80 != 0)
  }
}
