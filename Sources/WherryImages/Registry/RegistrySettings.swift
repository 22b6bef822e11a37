/// How registries are to be reached, from the daemon's settings.
package struct RegistrySettings: Sendable, Equatable {
  package static let defaultAuthFile = "/etc/wherry/auth.json"
  /// Each holds a folder for each registry; Wherry's own first.
  package static let defaultCertificateFolders = [
    "/etc/wherry/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d",
  ]

  /// `host` or `host:port` that may be spoken to without TLS. Loopback always may.
  package var insecureRegistries: [String]
  /// A PEM file of certificates trusted beside the system's.
  package var certificateAuthorityFile: String?
  package var certificateFolders = Self.defaultCertificateFolders
  /// Credentials in Docker's format; may be absent.
  package var authFile: String?
  package var mirrors: [MirrorRule] = []
  package var proxies = ProxySettings()
  /// Bytes a second of one pull; zero for no limit.
  package var rateLimit: UInt64 = 0
  /// How many layers of one pull are fetched at once.
  package var concurrentDownloads = 3
  /// How long a download is tried again without a byte of progress.
  package var patience: Duration = .seconds(60)
  /// What images must show before they are pulled.
  package var signatures = SignaturePolicy()

  package init(
    insecureRegistries: [String] = [], certificateAuthorityFile: String? = nil,
    authFile: String? = Self.defaultAuthFile
  ) {
    self.insecureRegistries = insecureRegistries
    self.certificateAuthorityFile = certificateAuthorityFile
    self.authFile = authFile
  }
}
