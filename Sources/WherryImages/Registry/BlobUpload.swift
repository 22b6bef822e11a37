import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import WherryModel
import WherryOCI

/// Sends one blob in chunks (distribution-spec, "Pushing a blob in chunks"), and asks where to go on when the
/// connection breaks.
struct BlobUpload: Sendable {
  static let chunk = 4 << 20

  let client: RegistryClient
  let limiter: RateLimiter?
  private var location: RegistryURL
  private(set) var offset: UInt64 = 0

  static func start(_ client: RegistryClient, limiter: RateLimiter?) async throws -> BlobUpload {
    let answer = try await client.send(.POST, "blobs/uploads/", expecting: [202])
    return BlobUpload(client: client, limiter: limiter, location: try client.location(of: answer))
  }

  private init(client: RegistryClient, limiter: RateLimiter?, location: RegistryURL) {
    self.client = client
    self.limiter = limiter
    self.location = location
  }

  /// Returns when the registry has `bytes`.
  mutating func append(_ bytes: ByteBuffer) async throws {
    var rest = bytes
    var retries = RetryMachine(client.limits, now: .now)
    while rest.readableBytes > 0 {
      try await limiter?.take(rest.readableBytes)
      do {
        let end = offset + UInt64(rest.readableBytes)
        let answer = try await client.send(
          .PATCH, location, body: rest,
          headers: [
            ("Content-Type", "application/octet-stream"), ("Content-Range", "\(offset)-\(end - 1)"),
          ], expecting: [202, 204])
        location = try client.location(of: answer)
        offset = end
        return
      } catch {
        try Task.checkCancellation()
        let cause = RegistryFailure.error(error, peer: client.rules.registry.name)
        guard cause.code == .unavailable || cause.code == .deadlineExceeded,
          let pause = retries.failed(bytes: 0, now: .now, random: .random(in: 0..<1))
        else { throw cause }
        try await Task.sleep(for: pause)
        try await goOn(&rest, after: cause)
      }
    }
  }

  /// Drops from `rest` what the registry has of it.
  private mutating func goOn(_ rest: inout ByteBuffer, after cause: WherryError) async throws {
    let answer: RegistryClient.Answer
    do {
      answer = try await client.send(.GET, location, expecting: [204, 202])
    } catch {
      let again = RegistryFailure.error(error, peer: client.rules.registry.name)
      if again.code == .unavailable || again.code == .deadlineExceeded { return }
      throw cause
    }
    location = try client.location(of: answer)
    guard let range = answer.response.headers.first(name: "range"),
      let last = range.split(separator: "-").last.flatMap({ UInt64($0) })
    else { throw cause }
    // "0-0" is one byte, or none (distribution).
    let (next, isTooFar) = last.addingReportingOverflow(1)
    let has = last == 0 ? 0 : next
    guard !isTooFar, has >= offset, has - offset <= UInt64(rest.readableBytes) else { throw cause }
    rest.moveReaderIndex(forwardBy: Int(has - offset))
    offset = has
  }

  func finish(_ digest: Digest) async throws {
    let url = location.withQuery([(name: "digest", value: digest.description)])
    _ = try await client.send(
      .PUT, url, body: ByteBuffer(), headers: [("Content-Type", "application/octet-stream")],
      expecting: [201, 204])
  }
}

extension RegistryClient {
  func has(_ digest: Digest) async throws -> Bool {
    do {
      _ = try await send(.HEAD, "blobs/\(digest)", expecting: [200])
      return true
    } catch let error as WherryError where error.code == .notFound {
      return false
    }
  }

  /// Whether the registry took the blob over from another of its repositories.
  func mount(_ digest: Digest, from repository: String) async throws -> Bool {
    let url = RegistryURL(origin: rules.registry, target: "/v2/\(self.repository)/blobs/uploads/")
      .withQuery([(name: "mount", value: digest.description), (name: "from", value: repository)])
    return try await send(.POST, url, expecting: [201, 202]).status == 201
  }

  func put(_ bytes: [UInt8], _ digest: Digest) async throws {
    if try await has(digest) { return }
    var upload = try await BlobUpload.start(self, limiter: nil)
    try await upload.append(ByteBuffer(bytes: bytes))
    try await upload.finish(digest)
  }

  func putManifest(_ bytes: [UInt8], _ type: MediaType, tag: String) async throws {
    _ = try await send(
      .PUT, RegistryURL(origin: rules.registry, target: "/v2/\(repository)/manifests/\(tag)"),
      body: ByteBuffer(bytes: bytes), headers: [("Content-Type", type.rawValue)], expecting: [201, 202, 204])
  }

  func location(of answer: Answer) throws -> RegistryURL {
    guard let text = answer.response.headers.first(name: "location") else {
      throw WherryError(
        .protocolViolation, "registry \(rules.registry.name) said not where to send a blob")
    }
    let url = try answer.url.following(text)
    try rules.check(url, from: answer.url, what: "upload")
    return url
  }
}
