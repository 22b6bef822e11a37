import Glibc
import Logging
import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRegistry

/// An upstream in memory that counts what it is asked.
final class FakeUpstream: UpstreamRegistry {
  struct State {
    var blobs: [Digest: [UInt8]] = [:]
    var manifests: [String: [UInt8]] = [:]
    /// Sent instead of a blob.
    var corrupt: [UInt8]?
    var error: WherryError?
    var asked: [String] = []
    /// Blobs wait for it.
    var gate: AsyncStream<Void>?
  }

  let state = Mutex(State())
  let name = "upstream.example"

  private func ask(_ what: String) throws {
    try state.withLock { state in
      state.asked.append(what)
      if let error = state.error { throw error }
    }
  }

  func count(_ what: String) -> Int { state.withLock { $0.asked.count { $0 == what } } }

  var total: Int { state.withLock { $0.asked.count } }

  func digest(of tag: String, in name: RepositoryName) async throws -> Digest? {
    try ask("head")
    return state.withLock { $0.manifests[tag] }.map { Digest.sha256(of: $0) }
  }

  func manifest(_ reference: ManifestName, in name: RepositoryName) async throws -> UpstreamDocument {
    try ask("manifest")
    guard let bytes = state.withLock({ $0.manifests[reference.text] }) else {
      throw WherryError(.notFound, "no manifest")
    }
    return UpstreamDocument(bytes: bytes, mediaType: MediaType.manifest.rawValue)
  }

  func list(_ path: String, in name: RepositoryName) async throws -> UpstreamDocument {
    try ask(path)
    return UpstreamDocument(bytes: Array("{}".utf8), mediaType: nil, next: "/v2/a/tags/list?n=1&last=x")
  }

  func size(of digest: Digest, in name: RepositoryName) async throws -> UInt64 {
    try ask("size")
    guard let bytes = state.withLock({ $0.blobs[digest] }) else { throw WherryError(.notFound, "no blob") }
    return UInt64(bytes.count)
  }

  func blob(
    _ digest: Digest, size: UInt64, in name: RepositoryName,
    receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    try ask("blob")
    let (bytes, gate) = state.withLock { ($0.corrupt ?? $0.blobs[digest] ?? [], $0.gate) }
    let half = bytes.count / 2
    try await receive(Array(bytes[..<half]))
    if let gate { for await _ in gate {} }
    try await receive(Array(bytes[half...]))
  }
}

final class Site: Sendable {
  let path = "/tmp/wherry-proxy-test.\(RandomName.next())"
  let upstream = FakeUpstream()
  let proxy: PullThrough
  let service: RegistryService
  let uploads: Uploads
  let name: RepositoryName

  init(lifetime: Duration = .seconds(60)) throws {
    let store = try RegistryStore(path)
    uploads = Uploads(store)
    proxy = PullThrough(
      upstream, lifetime: lifetime, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    service = RegistryService(
      store: store, uploads: uploads, pool: BlockingPool(), writers: BlockingPool(), seats: Seats(8),
      pullThrough: proxy)
    name = try RepositoryName("a")
  }

  deinit {
    do { try Files.removeTree(path) } catch { Issue.record("\(error)") }
  }

  func blob(_ content: [UInt8]) -> Digest {
    let digest = Digest.sha256(of: content)
    upstream.state.withLock { $0.blobs[digest] = content }
    return digest
  }

  func manifest(_ tag: String, _ note: String) -> Digest {
    let bytes = Array(
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest.rawValue)","config":{"mediaType":"application/x.\#(note)","digest":"\#(Digest.sha256(of: []))","size":0},"layers":[]}"#
        .utf8)
    let digest = Digest.sha256(of: bytes)
    upstream.state.withLock {
      $0.manifests[tag] = bytes
      $0.manifests[digest.description] = bytes
    }
    return digest
  }

  func ask(_ request: RegistryRequest, method: String = "GET") async throws -> PullThrough.Outcome {
    try await proxy.prepare(request, RequestFacts(method: method, target: ""), service)
  }

  /// All of a blob as a client gets it.
  func read(_ digest: Digest) async throws -> [UInt8] {
    guard case .response(let response) = try await ask(.readBlob(name, digest)),
      case .fetched(let part) = response.body
    else { throw RegistryProblem(500, .unknown, "it was here") }
    var bytes: [UInt8] = []
    while UInt64(bytes.count) < part.count {
      bytes += try await part.reader.read(at: UInt64(bytes.count), maximum: 1000, service.pool)
    }
    return bytes
  }

  func running<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [proxy, uploads, service] in await proxy.run(uploads, service.writers) }
      defer { group.cancelAll() }
      return try await body()
    }
  }
}

func headers(_ outcome: PullThrough.Outcome) -> [RegistryHeader] {
  switch outcome {
  case .local(let headers): headers
  case .response(let response): response.headers
  }
}
