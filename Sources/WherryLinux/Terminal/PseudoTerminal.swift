import CWherryLinux

/// A terminal whose other end we are, pty(7).
package struct PseudoTerminal: ~Copyable {
  /// What a user at the terminal would type and see.
  package var controller: FileDescriptor
  /// What a process takes for its standard streams.
  package var process: FileDescriptor

  package init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    try systemCall("make", "pseudo-terminal") { wherry_open_terminal(&ends) }
    controller = FileDescriptor(owning: ends[0])
    process = FileDescriptor(owning: ends[1])
  }
}
