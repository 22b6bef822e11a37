import Glibc
import WherryLinux
import WherryWire

/// The terminal we were started at, when a process on the device shall have it.
struct UserTerminal: Sendable {
  var detachKeys = DetachKeys.standard
  /// Whether what is typed is for the process.
  var reads: Bool

  /// Whether somebody could type.
  static var isInput: Bool { isatty(STDIN_FILENO) == 1 }

  /// Docker's refusal: a terminal there needs one here.
  static func check(interactive: Bool) throws(UsageError) {
    guard !interactive || isatty(STDIN_FILENO) == 1 else {
      throw UsageError(
        message: "the input device is not a TTY", exitCode: 1, hint: "leave -t out where input is no terminal"
      )
    }
  }

  /// Keys go to the process as they are until this is gone.
  func enterRawMode() -> RawTerminal? { reads ? RawTerminal(STDIN_FILENO) : nil }

  var window: Window? {
    let size = WindowSize.of(STDOUT_FILENO) ?? WindowSize.of(STDIN_FILENO)
    return size.map { Window(rows: UInt64($0.rows), columns: UInt64($0.columns)) }
  }
}
