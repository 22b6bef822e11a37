import WherryLinux
import WherryModel

extension PullThrough {
  /// What becomes of a request.
  enum Outcome: Sendable {
    /// The storage has it now, or all there is to have.
    case local([RegistryHeader])
    case response(RegistryResponse)
  }

  func prepare(
    _ request: RegistryRequest, _ facts: RequestFacts, _ service: RegistryService
  ) async throws -> Outcome {
    switch request {
    case .base, .catalog: return .local([])
    case .readBlob(let name, let digest): return try await blob(name, digest, facts, service)
    case .readManifest(let name, .digest(let digest)):
      try await bring(name, digest, service)
      return .local([])
    case .readManifest(let name, .tag(let tag)): return .local(try await lookUp(name, tag, service))
    case .tags(let name, let page):
      let count = page.count.map { "n=\($0)" }
      let last = page.last.map { "last=\(RequestTarget.encode($0))" }
      return try await list("tags/list", [count, last], name, service.seats)
    case .referrers(let name, let digest, let type, let last):
      let type = type.map { "artifactType=\(RequestTarget.encode($0))" }
      let last = last.map { "last=\(RequestTarget.encode($0))" }
      return try await list("referrers/\(digest)", [type, last], name, service.seats)
    case .deleteBlob, .startUpload, .uploadStatus, .uploadChunk, .finishUpload, .cancelUpload, .writeManifest,
      .deleteManifest:
      // As docker's registry does.
      throw RegistryProblem(
        405, .unsupported, "this registry only keeps what it fetches from \(upstream.name): push there")
    }
  }

  private func blob(
    _ name: RepositoryName, _ digest: Digest, _ facts: RequestFacts, _ service: RegistryService
  ) async throws -> Outcome {
    let store = service.store
    let isHere = try await service.writers.run { () throws -> Bool in
      if try store.hasBlob(name, digest) { return true }
      // Brought for another repository; only one that exists upstream has manifests here.
      guard try store.hasManifests(name) else { return false }
      return try store.mount(digest, from: nil, to: name)
    }
    if isHere { return .local([]) }
    if facts.method == "HEAD" {
      let size = try await answering { try await upstream.size(of: digest, in: name) }
      return .response(RegistryResponse(200, RegistryService.headers(of: digest), .omitted(size)))
    }
    let reader = try fetch(digest, name)
    let size = try await reader.size()
    return .response(
      try RegistryService.part(of: digest, size: size, range: facts.range) { start, count in
        .fetched(FetchedPart(reader: reader, start: start, count: count))
      })
  }

  private func list(
    _ path: String, _ parameters: [String?], _ name: RepositoryName, _ seats: Seats
  ) async throws -> Outcome {
    if isAway { return .local(staleness) }
    // Upstream's answer is in memory until it is sent.
    let seat = await seats.take()
    // Another may have found it away meanwhile.
    if isAway { return .local(staleness) }
    let query = parameters.compactMap(\.self).joined(separator: "&")
    let found: UpstreamDocument
    do {
      found = try await asking {
        try await upstream.list(query.isEmpty ? path : "\(path)?\(query)", in: name)
      }
    } catch {
      guard Self.isAbsence(error) else { throw RegistryProblem(upstream: error, absent: .nameUnknown) }
      return .local(staleness)
    }
    var headers = [RegistryHeader("Content-Type", found.mediaType ?? "application/json")]
    if let next = found.next { headers.append(RegistryHeader("Link", "<\(next)>; rel=\"next\"")) }
    var response = RegistryResponse(200, headers, .bytes(found.bytes))
    response.seat = seat
    return .response(response)
  }

  /// As `asking` about a blob, with what a client is told of a failure.
  func answering<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await asking(body) } catch {
      throw RegistryProblem(upstream: error, absent: .blobUnknown)
    }
  }
}

/// A part of a blob on its way.
struct FetchedPart: Sendable {
  var reader: FetchReader
  var start: UInt64
  var count: UInt64
}
