import WherryLinux
package import WherryModel

/// The registry behind one that only passes on and keeps: what is asked of it. Failures are `WherryError`: `notFound`,
/// `unauthorized`, `dataLoss` for content that is not what was asked for; others mean that it cannot be asked now.
package protocol UpstreamRegistry: Sendable {
  /// For messages: its host, and its port where that is not the usual one.
  var name: String { get }

  /// What a tag leads to; nil where the registry does not say it without sending it.
  func digest(of tag: String, in name: RepositoryName) async throws -> Digest?

  /// At most as large as a manifest may be. Of a digest it is sure to have it.
  func manifest(_ reference: ManifestName, in name: RepositoryName) async throws -> UpstreamDocument

  /// A list about a repository; `path` follows its name, as `tags/list?n=5`.
  func list(_ path: String, in name: RepositoryName) async throws -> UpstreamDocument

  /// Bytes of a blob.
  func size(of digest: Digest, in name: RepositoryName) async throws -> UInt64

  /// Hands all bytes of a blob to `receive`, in order, going on where a connection broke. Nothing more is asked for
  /// before `receive` returns. The digest is not compared.
  func blob(
    _ digest: Digest, size: UInt64, in name: RepositoryName,
    receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws
}

package struct UpstreamDocument: Sendable {
  package var bytes: [UInt8]
  package var mediaType: String?
  /// Path and query where a list goes on.
  package var next: String?

  package init(bytes: [UInt8], mediaType: String?, next: String? = nil) {
    self.bytes = bytes
    self.mediaType = mediaType
    self.next = next
  }
}

extension RegistryProblem {
  /// What a client is told of a failure upstream, or of the storage meanwhile, which is a `SystemError`; `absent` is
  /// the code for what is not there.
  package init(upstream error: any Error, absent: Code) {
    if let problem = error as? RegistryProblem {
      self = problem
      return
    }
    if let error = error as? SystemError {
      self.init(storage: error)
      return
    }
    let known = WherryError.wrapping(error)
    switch known.code {
    case .notFound: self.init(404, absent, known.message)
    case .unauthorized, .permissionDenied: self.init(403, .denied, known.message)
    case .deadlineExceeded: self.init(504, .unknown, known.message)
    default: self.init(502, .unknown, known.message)
    }
  }
}
