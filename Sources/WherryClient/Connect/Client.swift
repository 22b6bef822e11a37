import WherryModel
package import WherryRPC
import WherryTLS
import WherryTransport

/// Ways to a daemon.
package enum Client {
  /// Connects to the daemon at `destination`, where systemd starts it if need be, and again whenever it went away
  /// before it took up a call (it exits when idle).
  package static func connect(to destination: Destination) async throws -> WherryCalls {
    var dialer = Dialer(thread: EventLoopThread())
    dialer.tap = try RPCTrace.fromEnvironment()?.tap
    let connection = RedialingConnection { [dialer] in
      switch destination.endpoint.transport {
      case .unix(let path): try await dialer.connect(path)
      case .ssh(let target): try await SSHConnection.open(target, with: dialer)
      case .inherited(let descriptor): try await InheritedConnection.open(descriptor, with: dialer)
      case .tls(let host, let port):
        try await dialer.connect(
          host: host, port: port,
          credentials: TLSCredentials(destination.tls ?? TLSFiles(folder: "/etc/wherry/tls")))
      }
    }
    try await connection.connect()
    return WherryCalls(connection)
  }
}
