import CLibSystemd
import Glibc
package import WherryLinux

/// Sockets systemd opened for us, sd_listen_fds_with_names(3).
package enum SocketActivation {
  package struct Socket: Sendable {
    /// `FileDescriptorName=` of the socket unit; the unit's name where that has none.
    package var name: String
    /// Owned by the receiver, close-on-exec.
    package var descriptor: Int32
  }

  /// The inherited sockets, in the order of the unit. Takes `LISTEN_FDS`, `LISTEN_PID` and
  /// `LISTEN_FDNAMES` out of the environment, so that no child believes they were its own.
  /// Empty where we were not activated.
  package static func listen() throws(SystemError) -> [Socket] {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = sd_listen_fds_with_names(1, &names)
    if count < 0 { throw SystemError(errno: -count, "take over", "activation sockets") }
    defer {
      if let names {
        var index = 0
        while let name = names[index] {
          free(name)
          index += 1
        }
        free(names)
      }
    }
    var sockets: [Socket] = []
    for index in 0..<Int(count) {
      // SD_LISTEN_FDS_START; the library has set close-on-exec.
      let name = names?[index].map { String(cString: $0) } ?? "unknown"
      sockets.append(Socket(name: name, descriptor: 3 + Int32(index)))
    }
    return sockets
  }
}
