package import WherryModel

/// Through which proxies registries are asked, as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say it.
package struct ProxySettings: Sendable, Equatable {
  /// `http://[USER:PASSWORD@]HOST[:PORT]`; for registries without TLS, and for those with it.
  package var http: String?
  package var https: String?
  /// Comma-separated: hosts, domains (with all below them), addresses, networks, each with a port or not; or `*`.
  package var none: String?

  package init(http: String? = nil, https: String? = nil, none: String? = nil) {
    self.http = http
    self.https = https
    self.none = none
  }

  /// Fills what is not set from environment variables; the lower-case name wins, as in curl.
  package func completed(from environment: (String) -> String?) -> ProxySettings {
    func value(_ name: String) -> String? {
      for name in [name.lowercased(), name] {
        if let found = environment(name), !found.isEmpty { return found }
      }
      return nil
    }
    return ProxySettings(
      http: http ?? value("HTTP_PROXY"), https: https ?? value("HTTPS_PROXY"), none: none ?? value("NO_PROXY")
    )
  }

  /// `http://HOST:PORT` of each, without user and password.
  package var shown: [String] {
    var found: [String] = []
    for text in [http, https].compactMap(\.self) {
      do throws(WherryError) {
        let server = try Self.parse(text)
        let name = "http://\(server.host):\(server.port)"
        if !found.contains(name) { found.append(name) }
      } catch {
        found.append("a proxy that cannot be understood")
      }
    }
    return found
  }

  struct Server: Sendable, Hashable {
    var host: String
    var port: Int
    /// `user:password`, still escaped.
    var user: String?
  }

  /// Nil where `origin` is asked directly, as this machine itself always is. Throws `invalidArgument`.
  func server(for origin: RegistryURL.Origin) throws(WherryError) -> Server? {
    guard let text = origin.isSecure ? https : http, HostKind(origin.host) != .loopback,
      !NoProxyList(none ?? "").contains(origin)
    else { return nil }
    return try Self.parse(text)
  }

  /// Throws `invalidArgument`; the message has no password in it.
  package func check() throws(WherryError) {
    for text in [http, https] { if let text { _ = try Self.parse(text) } }
  }

  static func parse(_ text: String) throws(WherryError) -> Server {
    var rest = text[...]
    if rest.lowercased().hasPrefix("http://") { rest = rest.dropFirst(7) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var user: String?
    if let at = rest.lastIndex(of: "@") {
      user = String(rest[..<at])
      rest = rest[rest.index(after: at)...]
    }
    guard !rest.contains("/"), let (host, port) = RegistryURL.authority(rest), user?.utf8.count ?? 0 <= 1024
    else {
      throw WherryError(
        .invalidArgument, "the proxy \(RegistryFailure.plain(String(rest.prefix(80)))) is not usable",
        hint: "write http://[USER:PASSWORD@]HOST[:PORT]; other kinds of proxies are not supported")
    }
    return Server(host: host, port: port ?? 80, user: user)
  }
}
