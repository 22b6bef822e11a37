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

extension PseudoTerminal {
  /// The terminal that is a process's standard input, in whatever mount namespace; nil where that is none or the
  /// process has ended. Nothing else a process may have put there is opened.
  package static func processEnd(of process: ProcessIdentity) throws(SystemError) -> ProcessEnd? {
    let node = try FileDescriptor.open("/proc/\(process.pid)/fd/0", [.pathOnly])
    guard try process.isRunning() else { return nil }
    let status = try node.status()
    // Unix 98 pseudo-terminals: the kernel's admin-guide/devices.txt.
    guard status.kind == .characterDevice, (136...143).contains((status.representedDevice >> 8) & 0xfff)
    else {
      return nil
    }
    return ProcessEnd(
      FileDescriptorBox(
        try FileDescriptor.open("/proc/self/fd/\(node.rawValue)", [.readWrite, .nonBlocking])))
  }

  /// A terminal as its process sees it.
  package struct ProcessEnd: Sendable {
    private let file: FileDescriptorBox

    init(_ file: FileDescriptorBox) {
      self.file = file
    }

    package func apply(_ size: WindowSize) throws(SystemError) { try size.apply(to: file.rawValue) }
  }
}
