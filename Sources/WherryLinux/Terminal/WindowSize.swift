import CWherryLinux
import Glibc

/// How many characters a terminal shows, ioctl_tty(2).
package struct WindowSize: Sendable, Equatable {
  package var rows: UInt16
  package var columns: UInt16

  package init(rows: UInt16, columns: UInt16) {
    self.rows = rows
    self.columns = columns
  }

  /// Nil where `descriptor` is no terminal, or one that does not know its size.
  package static func of(_ descriptor: Int32) -> WindowSize? {
    var size = winsize()
    guard wherry_get_window_size(descriptor, &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
    return WindowSize(rows: size.ws_row, columns: size.ws_col)
  }

  /// Sets it; the processes at the terminal get SIGWINCH.
  package func apply(to descriptor: Int32) throws(SystemError) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try systemCall("resize", "terminal") { wherry_set_window_size(descriptor, &size) }
  }
}
