import WherryLinux
import WherryModel
import WherryOCI

/// The facts of a request besides its target.
struct RequestFacts: Sendable {
  var method: String
  var target: String
  var range: String?
  var contentRange: String?
  var contentType: String?
  var contentLength: UInt64?
  var noneMatch: String?
  /// More bytes are to come, however many.
  var isChunked = false
}

/// Does what requests ask for. Knows nothing of HTTP's bytes.
struct RegistryService: Sendable {
  let store: RegistryStore
  let uploads: Uploads
  /// Of what only reads.
  let pool: BlockingPool
  /// Of what writes, and may wait for a collection: nobody who reads waits for that.
  let writers: BlockingPool
  /// For manifests and lists that are large and in memory.
  let seats: Seats
  /// Where what is missing comes from; nil for a registry of its own.
  var pullThrough: PullThrough?

  func respond(_ facts: RequestFacts, body: RequestBody) async throws -> RegistryResponse {
    let request = try RegistryRequest(method: facts.method, target: facts.target)
    guard let pullThrough else { return try await respond(request, facts, body) }
    switch try await pullThrough.prepare(request, facts, self) {
    case .response(let response): return response
    case .local(let headers):
      var response = try await respond(request, facts, body)
      response.headers += headers
      return response
    }
  }

  private func respond(
    _ request: RegistryRequest, _ facts: RequestFacts, _ body: RequestBody
  ) async throws -> RegistryResponse {
    switch request {
    case .base:
      return RegistryResponse(
        200, [RegistryHeader("Content-Type", "application/json")], .bytes(Array("{}".utf8)))
    case .readBlob(let name, let digest): return try await blob(name, digest, facts)
    case .deleteBlob(let name, let digest):
      let removed = try await writers.run { () throws -> Bool in try store.removeBlob(name, digest) }
      guard removed else { throw Self.unknownBlob(digest) }
      return RegistryResponse(202)
    case .startUpload(let name, let start): return try await begin(name, start, facts, body)
    case .uploadStatus(let name, let id):
      return try await uploads.with(id, of: name) { file in
        RegistryResponse(204, Self.headers(name, id) + [RegistryHeader("Range", file.range)])
      }
    case .uploadChunk(let name, let id):
      return try await uploads.with(id, of: name) { file in
        try await receive(file, facts, body)
        return RegistryResponse(202, Self.headers(name, id) + [RegistryHeader("Range", file.range)])
      }
    case .finishUpload(let name, let id, let digest):
      return try await uploads.with(id, of: name) { file in
        try await finish(id, file, digest, facts, body)
      }
    case .cancelUpload(let name, let id):
      try await writers.run { () throws in try uploads.cancel(id, of: name) }
      return RegistryResponse(204)
    case .readManifest(let name, let reference): return try await manifest(name, reference, facts)
    case .writeManifest(let name, let reference, let tags):
      return try await put(name, reference, tags: tags, facts, body)
    case .deleteManifest(let name, let reference):
      let removed = try await writers.run { () throws -> Bool in try store.removeManifest(name, reference) }
      guard removed else { throw Self.unknownManifest(name, reference) }
      return RegistryResponse(202)
    case .tags(let name, let page): return try await tags(name, page)
    case .referrers(let name, let digest, let type, let last):
      return try await referrers(name, digest, type, after: last)
    case .catalog(let page): return try await catalog(page)
    }
  }

  // MARK: Blobs

  private func blob(_ name: RepositoryName, _ digest: Digest, _ facts: RequestFacts) async throws
    -> RegistryResponse
  {
    let range = facts.method == "HEAD" ? nil : facts.range
    return try await pool.run { () throws -> RegistryResponse in
      if facts.method == "HEAD" { store.noteInterest(name, digest) }
      guard let blob = try store.openBlob(name, digest) else { throw Self.unknownBlob(digest) }
      let size = blob.size
      let whole = BlobPart(blob, start: 0, count: size)
      return try Self.part(of: digest, size: size, range: range) { start, count in
        .blob(whole.part(start: start, count: count))
      }
    }
  }

  static func headers(of digest: Digest) -> [RegistryHeader] {
    [
      RegistryHeader("Content-Type", "application/octet-stream"), RegistryHeader("Accept-Ranges", "bytes"),
      RegistryHeader("Docker-Content-Digest", digest.description), RegistryHeader("ETag", "\"\(digest)\""),
      // Content under its digest never changes.
      RegistryHeader("Cache-Control", "max-age=31536000"),
    ]
  }

  /// The answer with what a client wants of a blob.
  static func part(
    of digest: Digest, size: UInt64, range: String?,
    _ body: (_ start: UInt64, _ count: UInt64) -> RegistryResponse.Body
  ) throws(RegistryProblem) -> RegistryResponse {
    switch ByteRange(range, size: size) {
    case .whole: return RegistryResponse(200, headers(of: digest), body(0, size))
    case .part(let start, let count):
      let range = RegistryHeader("Content-Range", "bytes \(start)-\(start + count - 1)/\(size)")
      return RegistryResponse(206, headers(of: digest) + [range], body(start, count))
    case .unsatisfiable:
      throw RegistryProblem(
        416, .sizeInvalid, "the blob has \(size) bytes",
        headers: [RegistryHeader("Content-Range", "bytes */\(size)")])
    }
  }

  private func begin(
    _ name: RepositoryName, _ start: UploadStart, _ facts: RequestFacts, _ body: RequestBody
  ) async throws -> RegistryResponse {
    switch start {
    case .session(let algorithm):
      let id = try await writers.run { () throws -> UploadID in try uploads.start(name, algorithm) }
      return RegistryResponse(202, Self.headers(name, id) + [RegistryHeader("Range", "0-0")])
    case .mount(let digest, let source):
      let mounted = try await writers.run { () throws -> Bool in
        try store.mount(digest, from: source, to: name)
      }
      if mounted { return Self.created(name, digest) }
      return try await begin(name, .session(digest.algorithm), facts, body)
    case .whole(let digest):
      let id = try await writers.run { () throws -> UploadID in try uploads.start(name, digest.algorithm) }
      return try await uploads.with(id, of: name) { file in
        do {
          return try await finish(id, file, digest, facts, body)
        } catch {
          // Nobody knows its name.
          await writers.run { uploads.forget(id, of: name) }
          throw error
        }
      }
    }
  }

  private func finish(
    _ id: UploadID, _ file: UploadFile, _ digest: Digest, _ facts: RequestFacts, _ body: RequestBody
  ) async throws -> RegistryResponse {
    try await receive(file, facts, body)
    try await writers.run { () throws in try uploads.finish(id, file, as: digest) }
    return Self.created(file.repository, digest)
  }

  /// Keeps the bytes of the request as they come.
  private func receive(_ file: UploadFile, _ facts: RequestFacts, _ body: RequestBody) async throws {
    let (range, length) = (facts.contentRange, facts.isChunked ? nil : facts.contentLength ?? 0)
    let turn = try await writers.run { () throws -> UploadMachine.Turn in
      try file.begin(range: length == 0 ? nil : range, length: length)
    }
    try await body.accept()
    while let bytes = try await body.next() {
      try await writers.run { () throws in try file.write(bytes, turn) }
    }
    try file.end(turn)
  }

  // MARK: Manifests

  private func manifest(
    _ name: RepositoryName, _ reference: ManifestName, _ facts: RequestFacts
  ) async throws -> RegistryResponse {
    try await pool.run { () throws -> RegistryResponse in
      guard let found = try store.openManifest(name, reference) else {
        throw Self.unknownManifest(name, reference)
      }
      if facts.method == "HEAD" { store.noteInterest(name, found.digest) }
      let tag = "\"\(found.digest)\""
      let headers = [
        RegistryHeader("Content-Type", found.mediaType),
        RegistryHeader("Docker-Content-Digest", found.digest.description), RegistryHeader("ETag", tag),
      ]
      if let known = facts.noneMatch, known == "*" || known.contains(tag) {
        return RegistryResponse(304, headers)
      }
      let size = found.content.size
      return RegistryResponse(200, headers, .blob(BlobPart(found.takeContent(), start: 0, count: size)))
    }
  }

  private func put(
    _ name: RepositoryName, _ reference: ManifestName, tags: [String], _ facts: RequestFacts,
    _ body: RequestBody
  ) async throws -> RegistryResponse {
    if let length = facts.contentLength, length > UInt64(ManifestSummary.maximumSize) {
      throw Self.largeManifest
    }
    let isSmall = !facts.isChunked && facts.contentLength ?? 0 <= Self.smallManifest
    let seat = isSmall ? nil : await seats.take()
    defer { withExtendedLifetime(seat) {} }
    try await body.accept()
    var bytes: [UInt8] = []
    while let more = try await body.next() {
      guard bytes.count + more.count <= ManifestSummary.maximumSize else { throw Self.largeManifest }
      bytes += more
    }
    let whole = bytes
    let receipt = try await writers.run { () throws -> ManifestReceipt in
      try store.put(whole, type: facts.contentType, to: name, reference, tags: tags)
    }
    var headers = [
      RegistryHeader("Location", "/v2/\(name)/manifests/\(receipt.digest)"),
      RegistryHeader("Docker-Content-Digest", receipt.digest.description),
    ]
    if let subject = receipt.subject { headers.append(RegistryHeader("OCI-Subject", subject.description)) }
    for tag in tags { headers.append(RegistryHeader("OCI-Tag", tag)) }
    return RegistryResponse(201, headers)
  }

  // MARK: Lists

  private func tags(_ name: RepositoryName, _ page: Page) async throws -> RegistryResponse {
    let all = try await pool.run { () throws -> [String]? in try store.tags(name) }
    guard let all else {
      throw RegistryProblem(404, .nameUnknown, "there is no repository \(name)")
    }
    let (items, next) = page.cut(all)
    return RegistryResponse(
      200, Self.link("/v2/\(name)/tags/list", page, next), .bytes(try RegistryJSON.tags(name, items)))
  }

  private func catalog(_ page: Page) async throws -> RegistryResponse {
    let all = try await pool.run { () throws -> [String] in try store.catalog() }
    let (items, next) = page.cut(all)
    return RegistryResponse(
      200, Self.link("/v2/_catalog", page, next), .bytes(try RegistryJSON.catalog(items)))
  }

  private func referrers(
    _ name: RepositoryName, _ digest: Digest, _ type: String?, after last: String?
  ) async throws -> RegistryResponse {
    let seat = await seats.take()
    let (found, next) = try await pool.run { () throws -> ([Referrer], String?) in
      try store.referrers(name, of: digest, artifactType: type, after: last)
    }
    var headers = [RegistryHeader("Content-Type", MediaType.index.rawValue)]
    if type != nil { headers.append(RegistryHeader("OCI-Filters-Applied", "artifactType")) }
    if let next {
      let filter = type.map { "artifactType=\(RequestTarget.encode($0))&" } ?? ""
      let path = "/v2/\(name)/referrers/\(digest)?\(filter)last=\(next)"
      headers.append(RegistryHeader("Link", "<\(path)>; rel=\"next\""))
    }
    var response = RegistryResponse(200, headers, .bytes(try RegistryJSON.referrers(found)))
    response.seat = seat
    return response
  }
}

extension RegistryService {
  static func unknownBlob(_ digest: Digest) -> RegistryProblem {
    RegistryProblem(404, .blobUnknown, "the repository has no blob \(digest)")
  }

  static func unknownManifest(_ name: RepositoryName, _ reference: ManifestName) -> RegistryProblem {
    RegistryProblem(404, .manifestUnknown, "\(name) has no manifest \(reference.text)")
  }

  /// Of a manifest that nobody waits to have in memory.
  private static let smallManifest: UInt64 = 64 << 10

  static let largeManifest = RegistryProblem(
    413, .sizeInvalid, "a manifest may have \(ManifestSummary.maximumSize) bytes at most")

  private static func headers(_ name: RepositoryName, _ id: UploadID) -> [RegistryHeader] {
    [
      RegistryHeader("Location", "/v2/\(name)/blobs/uploads/\(id)"),
      RegistryHeader("Docker-Upload-UUID", id.text),
    ]
  }

  private static func created(_ name: RepositoryName, _ digest: Digest) -> RegistryResponse {
    RegistryResponse(
      201,
      [
        RegistryHeader("Location", "/v2/\(name)/blobs/\(digest)"),
        RegistryHeader("Docker-Content-Digest", digest.description),
      ])
  }

  /// Where a list goes on (RFC 8288). An answer to `n=0` has no next.
  private static func link(_ path: String, _ page: Page, _ next: String?) -> [RegistryHeader] {
    var headers = [RegistryHeader("Content-Type", "application/json")]
    if let next {
      let count = page.count.map { "n=\(min($0, Page.maximumCount))&" } ?? ""
      headers.append(
        RegistryHeader("Link", "<\(path)?\(count)last=\(RequestTarget.encode(next))>; rel=\"next\""))
    }
    return headers
  }
}
