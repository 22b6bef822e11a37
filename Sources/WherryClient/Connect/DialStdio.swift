import Glibc
import WherryLinux
import WherryModel
import WherryTransport

/// `wherry dial-stdio`: standard input and output become a connection to the daemon on this machine. Bytes pass as
/// they are; each direction ends by itself.
package enum DialStdio {
  /// Returns when the daemon has closed the connection.
  package static func run(_ endpoint: Endpoint) async throws {
    guard case .unix(let path) = endpoint.transport else {
      throw WherryError(
        .invalidArgument, "dial-stdio reaches a unix socket on this machine, not \(endpoint)",
        hint: "connect to \(endpoint) directly")
    }
    let socket = FileDescriptorBox(try LocalStream.connect(path))
    let pool = BlockingPool(maximumThreads: 2)
    // Not waited for: standard input may stay open for ever when nobody listens to it any more.
    Task {
      try await pool.run { () throws(SystemError) in
        defer { _ = shutdown(socket.rawValue, Int32(SHUT_WR)) }
        try copy(from: 0, to: socket.rawValue)
      }
    }
    try await pool.run { () throws(SystemError) in try copy(from: socket.rawValue, to: 1) }
  }

  private static func copy(from source: Int32, to target: Int32) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(source, &buffer, buffer.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(errno: errno, "read from", source == 0 ? "standard input" : "the daemon")
      }
      var done = 0
      while done < count {
        let written = buffer[done..<count].withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
        if written < 0 {
          if errno == EINTR { continue }
          // Whoever listened has gone; so is this direction.
          if errno == EPIPE { return }
          throw SystemError(errno: errno, "write to", target == 1 ? "standard output" : "the daemon")
        }
        done += written
      }
    }
  }
}
