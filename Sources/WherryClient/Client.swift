package import WherryRPC
import WherryTransport

/// Ways to a daemon.
package enum Client {
  /// Connects to the daemon at `endpoint`, where systemd starts it if need be, and again whenever it went away
  /// before it took up a call (it exits when idle).
  package static func connect(to endpoint: Endpoint) async throws -> WherryCalls {
    let dialer = UnixDialer(thread: EventLoopThread())
    let connection = RedialingConnection { try await dialer.connect(endpoint.path) }
    try await connection.connect()
    return WherryCalls(connection)
  }
}
