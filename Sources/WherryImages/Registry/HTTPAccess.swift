import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization
import WherryModel

/// HTTP as the settings want it for each host: directly or through a proxy, with the host's own certificates.
final class HTTPAccess: Sendable {
  private let clients = Mutex<[ProxySettings.Server?: HTTPClient]>([:])
  private let configurations = Mutex<[RegistryURL.Origin: TLSConfiguration?]>([:])
  private let proxies: ProxySettings
  private let certificates: CertificateFolder
  /// What all hosts have in common.
  let base: TLSConfiguration
  private let make: @Sendable (ProxySettings.Server?) -> HTTPClient

  init(
    proxies: ProxySettings, certificates: CertificateFolder, base: TLSConfiguration,
    make: @escaping @Sendable (ProxySettings.Server?) -> HTTPClient
  ) {
    self.proxies = proxies
    self.certificates = certificates
    self.base = base
    self.make = make
  }

  /// Directly, with one client for all.
  convenience init(_ client: HTTPClient) {
    self.init(
      proxies: ProxySettings(), certificates: CertificateFolder(parents: []),
      base: .makeClientConfiguration()
    ) { _ in client }
  }

  /// Throws what AsyncHTTPClient throws, and `WherryError` for unusable settings.
  func execute(
    _ request: HTTPClientRequest, to origin: RegistryURL.Origin, deadline: NIODeadline
  ) async throws -> HTTPClientResponse {
    var request = request
    request.tlsConfiguration = try configuration(for: origin)
    return try await client(for: origin).execute(request, deadline: deadline)
  }

  func isProxied(_ origin: RegistryURL.Origin) throws(WherryError) -> Bool {
    try proxies.server(for: origin) != nil
  }

  private func client(for origin: RegistryURL.Origin) throws(WherryError) -> HTTPClient {
    let server = try proxies.server(for: origin)
    return clients.withLock { clients in
      if let client = clients[server] { return client }
      let client = make(server)
      clients[server] = client
      return client
    }
  }

  /// The host's own; nil where it has nothing of its own.
  private func configuration(for origin: RegistryURL.Origin) throws(WherryError) -> TLSConfiguration? {
    guard origin.isSecure else { return nil }
    if let known = configurations.withLock({ $0[origin] }) { return known }
    let found = try certificates.configuration(for: origin, base: base)
    configurations.withLock { $0[origin] = .some(found) }
    return found
  }
}
