package import WherryModel

/// Where a daemon is and how it is reached: what `--host`, `WHERRY_HOST` and contexts name.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  package enum Transport: Hashable, Sendable {
    case unix(path: String)
    /// TLS with certificates on both sides, never plain TCP.
    case tls(host: String, port: UInt16)
    case ssh(SSHTarget)
    /// A stream socket this process has inherited: a device behind a NAT has dialled, and is called over that.
    case inherited(descriptor: Int32)
  }

  package static let standard = Endpoint(.unix(path: "/run/wherry/wherry.sock"))
  /// Of wherry-remote.socket.
  package static let standardPort: UInt16 = 2378

  package let transport: Transport

  init(_ transport: Transport) {
    self.transport = transport
  }

  /// Parses `unix:///PATH`, `tcp://HOST[:PORT]`, `ssh://[USER@]HOST[:PORT][/SOCKET]` or `fd://NUMBER`. Throws
  /// `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    if let rest = Self.after("unix://", text) {
      transport = .unix(path: try Self.socketPath(rest, of: text))
    } else if let rest = Self.after("tcp://", text) ?? Self.after("tls://", text) {
      let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
      let (host, port) = try HostPort.parse(authority, of: text)
      transport = .tls(host: host, port: port ?? Self.standardPort)
    } else if let rest = Self.after("ssh://", text) {
      transport = .ssh(try SSHTarget(rest, of: text))
    } else if let rest = Self.after("fd://", text) {
      guard rest.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let descriptor = Int32(rest), descriptor > 2
      else {
        throw Self.invalid(
          text, "it has no number of a descriptor above 2", hint: "write fd://3, as systemd passes it")
      }
      transport = .inherited(descriptor: descriptor)
    } else {
      throw Self.invalid(
        text, "it has no known scheme", hint: "write unix:///PATH, tcp://HOST, ssh://USER@HOST or fd://NUMBER"
      )
    }
  }

  package var description: String {
    switch transport {
    case .unix(let path): "unix://\(path)"
    case .tls(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    case .ssh(let target): "ssh://\(target)"
    case .inherited(let descriptor): "fd://\(descriptor)"
    }
  }

  private static func after(_ scheme: String, _ text: String) -> Substring? {
    text.hasPrefix(scheme) ? text.dropFirst(scheme.count) : nil
  }

  static func invalid(_ text: String, _ reason: String, hint: String? = nil) -> WherryError {
    WherryError(
      .invalidArgument, "invalid host \(String(text.prefix(200)).debugDescription): \(reason)", hint: hint)
  }

  /// sockaddr_un holds 108 bytes with the final zero, unix(7).
  static func socketPath(_ path: Substring, of text: String) throws(WherryError) -> String {
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw invalid(text, "the socket's path must be absolute")
    }
    guard path.utf8.count < 108 else { throw invalid(text, "the socket's path is longer than 107 bytes") }
    return String(path)
  }
}
