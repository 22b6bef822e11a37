import Glibc
package import WherryLinux

/// A stream into the journal whose lines become messages, as sd_journal_stream_fd(3), but with
/// the unit named: journald attributes lines to it also where the process that wrote them is
/// gone by the time it looks, which a container that ends at once would lose.
package enum JournalStream {
  package static let socketPath = "/run/systemd/journal/stdout"

  /// `priority` as in syslog(3). Levels at the start of lines (`<3>`) are not interpreted.
  package static func open(identifier: String, unit: String, priority: Int32) throws(SystemError)
    -> FileDescriptor
  {
    // identifier, unit, priority, level prefix, forward to syslog, kmsg, console; a line each.
    guard !identifier.utf8.contains(UInt8(ascii: "\n")), !unit.utf8.contains(UInt8(ascii: "\n")) else {
      throw SystemError(errno: EINVAL, "open journal stream for", identifier.debugDescription)
    }
    let socket = try UnixSocket.connect(socketPath)
    _ = shutdown(socket.rawValue, Int32(SHUT_RD))
    try socket.write(Array("\(identifier)\n\(unit)\n\(priority)\n0\n0\n0\n0\n".utf8))
    return socket
  }
}
