import WherryRPC
import WherryTransport

extension Client {
  /// Connects to the daemon at `endpoint`, where systemd starts it if need be.
  package static func connect(to endpoint: Endpoint) async throws -> Client {
    let dialer = UnixDialer(thread: EventLoopThread())
    return try await Client { try await dialer.connect(endpoint.path) }
  }
}
