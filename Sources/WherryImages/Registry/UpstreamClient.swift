import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
package import WherryLinux
package import WherryModel
import WherryOCI

/// The registry that another one passes on: about any of its repositories, with the credentials of a file.
package final class UpstreamClient: Sendable {
  package struct Document: Sendable {
    package var bytes: [UInt8]
    package var mediaType: String?
    /// Path and query where a list goes on.
    package var next: String?
  }

  /// Of repositories whose tokens are kept.
  private static let maximumClients = 64

  private let domain: String
  private let rules: TransportRules
  private let settings: RegistrySettings
  private let limits: RegistryLimits
  private let http: HTTPAccess
  private let pool: BlockingPool
  private let isProbed: Bool
  private let clients = Mutex<[String: RegistryClient]>([:])

  /// `url` is `HOST[:PORT]`, with `http://` or `https://` before it or not. Throws `invalidArgument`.
  package init(_ url: String, _ settings: RegistrySettings, pool: BlockingPool) throws(WherryError) {
    var settings = settings
    var domain = url
    var scheme: String?
    for known in ["https", "http"] where url.hasPrefix("\(known)://") {
      (scheme, domain) = (known, String(url.dropFirst(known.count + 3)))
    }
    if domain.hasSuffix("/") { domain = String(domain.dropLast()) }
    guard RegistryURL.authority(domain) != nil else {
      throw WherryError(
        .invalidArgument, "\(RegistryFailure.plain(String(url.prefix(200)))) is no registry's address",
        hint: "write https://HOST[:PORT]")
    }
    if scheme == "http" { settings.insecureRegistries.append(domain) }
    var rules = try TransportRules(domain: domain, insecure: settings.insecureRegistries)
    if scheme == "https", !rules.registry.isSecure {
      rules.registry.isSecure = true
      if rules.registry.port == 80 { rules.registry.port = 443 }
    }
    var limits = RegistryLimits()
    // Somebody waits, and may have an older answer.
    limits.idle = .seconds(30)
    limits.connect = .seconds(10)
    limits.patience = settings.patience
    var job = FetchJob(kind: .pull, staging: "", layers: "")
    job.certificateAuthority = settings.certificateAuthorityFile
    job.certificateFolders = settings.certificateFolders
    job.proxies = settings.proxies
    job.registry = limits
    self.domain = domain
    self.rules = rules
    self.settings = settings
    self.limits = limits
    self.pool = pool
    http = HTTPSettings.access(job)
    isProbed = scheme != nil
  }

  package var name: String { rules.registry.name }

  /// What a tag leads to, without the manifest; nil where the registry does not say.
  package func digest(of tag: String, in repository: String) async throws -> Digest? {
    let answer = try await asking(repository) { client in
      let url = RegistryURL(origin: client.rules.registry, target: "/v2/\(repository)/manifests/\(tag)")
      return try await client.send(
        .HEAD, url, headers: MediaType.manifests.map { ("Accept", $0.rawValue) }, expecting: [200])
    }
    guard let text = answer.response.headers.first(name: "docker-content-digest") else { return nil }
    do { return try Digest(text) } catch { return nil }
  }

  /// `name` is a tag or a digest. Throws `dataLoss` where the content has another digest.
  package func manifest(_ name: String, in repository: String) async throws -> Document {
    let digest = name.contains(":") ? try Digest(name) : nil
    let found = try await asking(repository) { try await $0.manifest(named: name, digest: digest) }
    return Document(bytes: found.bytes, mediaType: found.contentType?.rawValue)
  }

  /// `path` follows `/v2/REPOSITORY/`.
  package func list(_ path: String, in repository: String) async throws -> Document {
    let maximum = limits.documentBytes
    return try await asking(repository) { client in
      let answer = try await client.get(path)
      let headers = answer.response.headers
      let next = try NextPage.target(headers, from: answer.url, within: "/v2/\(repository)/")
      let bytes = try await client.body(of: answer, maximum: maximum, what: "list")
      return Document(
        bytes: bytes, mediaType: headers.first(name: "content-type").map(RegistryFailure.plain), next: next)
    }
  }

  /// Bytes of a blob.
  package func size(of digest: Digest, in repository: String) async throws -> UInt64 {
    let answer = try await asking(repository) {
      try await $0.send(.HEAD, "blobs/\(digest)", expecting: [200])
    }
    guard let size = answer.response.headers.first(name: "content-length").flatMap({ UInt64($0) }),
      size <= Descriptor.maximumSize
    else {
      throw WherryError(.protocolViolation, "registry \(name) does not say how large \(digest) is")
    }
    return size
  }

  /// All bytes of a blob, in order; goes on where a connection broke.
  package func blob(
    _ digest: Digest, size: UInt64, in repository: String,
    receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    let sink = Receiver(receive)
    let download = BlobDownload(
      clients: [try await client(repository)],
      descriptor: Descriptor(
        mediaType: MediaType(rawValue: "application/octet-stream"), digest: digest, size: size),
      channel: sink
    ) { _ in }
    await download.run()
    if let error = sink.end { throw error }
  }

  /// Where it is refused, the credentials are read again next time.
  private func asking<Value: Sendable>(
    _ repository: String, _ body: (RegistryClient) async throws -> Value
  ) async throws -> Value {
    let client = try await client(repository)
    do {
      return try await body(client)
    } catch let error as WherryError where error.code == .unauthorized {
      clients.withLock { $0[repository] = nil }
      throw error
    }
  }

  private func client(_ repository: String) async throws -> RegistryClient {
    if let known = clients.withLock({ $0[repository] }) { return known }
    let credential = try await AuthFile.credential(for: domain, in: settings.authFile, pool: pool)
    let settled = isProbed ? rules : await TransportProbe.settle(rules, http, limits)
    let client = RegistryClient(
      http: http, rules: settled, repository: repository, credential: credential, limits: limits)
    clients.withLock { clients in
      if clients.count >= Self.maximumClients { clients = [:] }
      clients[repository] = client
    }
    return client
  }
}

/// Hands a download's bytes on.
private final class Receiver: DownloadSink {
  private let receive: @Sendable ([UInt8]) async throws -> Void
  private let ended = Mutex<(any Error)?>(nil)

  init(_ receive: @escaping @Sendable ([UInt8]) async throws -> Void) {
    self.receive = receive
  }

  func send(_ bytes: ByteBuffer) async throws { try await receive(Array(bytes.readableBytesView)) }

  func finish(_ error: (any Error)?) { ended.withLock { $0 = error } }

  var end: (any Error)? { ended.withLock(\.self) }
}
