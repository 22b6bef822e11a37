import Glibc
package import WherryLinux

/// Asks journald to write out what it was sent, as `journalctl --sync` does: varlink
/// (varlink.org) on its socket, one JSON object ended by a NUL each way.
package enum JournalSync {
  package static let socketPath = "/run/systemd/journal/io.systemd.journal"

  /// Blocks until done, `seconds` at most. An older journald without the socket is not asked.
  package static func synchronize(seconds: Int = 5) throws(SystemError) {
    let socket: FileDescriptor
    do throws(SystemError) {
      socket = try UnixSocket.connect(socketPath)
    } catch {
      if error.errno == ENOENT || error.errno == ECONNREFUSED { return }
      throw error
    }
    var patience = timeval(tv_sec: seconds, tv_usec: 0)
    _ = setsockopt(
      socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    try socket.write(Array(#"{"method":"io.systemd.Journal.Synchronize"}"#.utf8) + [0])
    do throws(SystemError) {
      while true {
        let answer = try socket.read(maximum: 4096)
        if answer.isEmpty || answer.contains(0) { return }
      }
    } catch {
      // Too slow: what is there is read all the same.
      if error.errno != EAGAIN { throw error }
    }
  }
}
