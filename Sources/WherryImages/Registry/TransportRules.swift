import WherryModel

/// Where requests on behalf of one registry may go, and over what.
///
/// A registry that must be asked over TLS can only lead to other places over TLS, and a public one
/// cannot lead into the private network (CVE-2020-15157, dotnet/sdk #54225).
struct TransportRules: Sendable {
  /// `host` or `host:port`, from the settings.
  var insecure: Set<String>
  var registry: RegistryURL.Origin

  /// `domain` is a reference's. Throws `invalidArgument`.
  init(domain: String, insecure: [String]) throws(WherryError) {
    // Docker Hub's API lives under another name than its references (distribution: registry-1).
    let place = domain == "docker.io" ? "registry-1.docker.io" : domain
    guard let (host, port) = RegistryURL.authority(place), HostKind(host) != .ambiguous else {
      throw WherryError(.invalidArgument, "invalid registry \(domain.debugDescription)")
    }
    self.insecure = Set(insecure.map { $0.lowercased() })
    registry = RegistryURL.Origin(isSecure: true, host: host, port: port ?? 443)
    if allowsPlain(registry) {
      registry = RegistryURL.Origin(isSecure: false, host: host, port: port ?? 80)
    }
  }

  /// Whether `origin` may be spoken to without TLS: on this machine, or where the settings say so.
  func allowsPlain(_ origin: RegistryURL.Origin) -> Bool {
    HostKind(origin.host) == .loopback || insecure.contains(origin.host)
      || insecure.contains("\(origin.host):\(origin.port)")
  }

  /// Throws `permissionDenied` where the registry must not lead to `url`. `what` is "redirect" or
  /// "token realm".
  func check(_ url: RegistryURL, from previous: RegistryURL?, what: String) throws(WherryError) {
    func refuse(_ reason: String) -> WherryError {
      WherryError(
        .permissionDenied, "registry \(registry.name): \(what) to \(url.origin.name) refused: \(reason)",
        hint: "the registry is misconfigured or hostile")
    }
    if !url.origin.isSecure {
      guard previous?.origin.isSecure != true, allowsPlain(registry), allowsPlain(url.origin) else {
        throw refuse("it is not https")
      }
    }
    switch HostKind(url.origin.host) {
    case .name, .publicAddress: break
    case .ambiguous: throw refuse("the host is not a plain name or address")
    case .loopback, .localAddress:
      let own = HostKind(registry.host)
      let isLocal = own == .loopback || own == .localAddress || allowsPlain(registry)
      guard isLocal || url.origin.host == registry.host else { throw refuse("it is a private address") }
    }
  }
}
