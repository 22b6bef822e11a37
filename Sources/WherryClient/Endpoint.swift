package import WherryModel

/// Where a daemon listens.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  package static let standard = Endpoint(path: "/run/wherry/wherry.sock")

  /// Of the unix socket.
  package let path: String

  private init(path: String) {
    self.path = path
  }

  /// Parses `unix:///PATH`. Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    let scheme = "unix://"
    guard text.hasPrefix(scheme) else {
      throw WherryError(
        .invalidArgument, "invalid host \(text.prefix(200).debugDescription)",
        hint: "write unix:///PATH; other ways to connect come in a later release")
    }
    let path = String(text.dropFirst(scheme.count))
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw WherryError(
        .invalidArgument, "invalid host \(text.prefix(200).debugDescription): the path must be absolute")
    }
    // sockaddr_un holds 108 bytes with the final zero, unix(7).
    guard path.utf8.count < 108 else {
      throw WherryError(.invalidArgument, "invalid host: the socket's path is longer than 107 bytes")
    }
    self.path = path
  }

  /// What `--host` says, else what `WHERRY_HOST` says, else the standard socket.
  package static func resolve(host: String?, environment: String?) throws(WherryError) -> Endpoint {
    if let host, !host.isEmpty { return try Endpoint(host) }
    if let environment, !environment.isEmpty { return try Endpoint(environment) }
    return .standard
  }

  package var description: String { "unix://\(path)" }
}
