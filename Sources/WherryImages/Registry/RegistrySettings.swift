/// How registries are to be reached, from the daemon's settings.
package struct RegistrySettings: Sendable, Equatable {
  package static let defaultAuthFile = "/etc/wherry/auth.json"

  /// `host` or `host:port` that may be spoken to without TLS. Loopback always may.
  package var insecureRegistries: [String]
  /// A PEM file of certificates trusted beside the system's.
  package var certificateAuthorityFile: String?
  /// Credentials in Docker's format; may be absent.
  package var authFile: String?

  package init(
    insecureRegistries: [String] = [], certificateAuthorityFile: String? = nil,
    authFile: String? = Self.defaultAuthFile
  ) {
    self.insecureRegistries = insecureRegistries
    self.certificateAuthorityFile = certificateAuthorityFile
    self.authFile = authFile
  }
}
