import Glibc
import WherryImages
import WherryLinux
import WherryModel
import WherryRegistry

/// The registry that `wherry registry serve --proxy` passes on, asked as the daemon asks registries.
struct ProxyUpstream: UpstreamRegistry {
  private let client: UpstreamClient

  /// Without a file of credentials there are none: the daemon's are not lent to whoever can reach the copy. Throws
  /// where the file cannot be read.
  init(_ url: String, authFile: String?) async throws {
    let pool = BlockingPool(maximumThreads: 2)
    var settings = RegistrySettings(authFile: authFile)
    settings.proxies = settings.proxies.completed { name in getenv(name).map { String(cString: $0) } }
    try settings.proxies.check()
    if let authFile {
      do throws(SystemError) {
        try await pool.run { () throws(SystemError) in _ = try FileDescriptor.open(authFile, [.nonBlocking]) }
      } catch {
        throw WherryError(error, "the credentials in \(authFile)")
      }
    }
    client = try UpstreamClient(url, settings, pool: pool)
  }

  var name: String { client.name }

  func digest(of tag: String, in name: RepositoryName) async throws -> Digest? {
    try await client.digest(of: tag, in: name.text)
  }

  func manifest(_ reference: ManifestName, in name: RepositoryName) async throws -> UpstreamDocument {
    UpstreamDocument(try await client.manifest(reference.text, in: name.text))
  }

  func list(_ path: String, in name: RepositoryName) async throws -> UpstreamDocument {
    UpstreamDocument(try await client.list(path, in: name.text))
  }

  func size(of digest: Digest, in name: RepositoryName) async throws -> UInt64 {
    try await client.size(of: digest, in: name.text)
  }

  func blob(
    _ digest: Digest, size: UInt64, in name: RepositoryName,
    receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    try await client.blob(digest, size: size, in: name.text, receive: receive)
  }
}

extension UpstreamDocument {
  fileprivate init(_ document: UpstreamClient.Document) {
    self.init(bytes: document.bytes, mediaType: document.mediaType, next: document.next)
  }
}
