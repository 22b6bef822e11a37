import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import WherryModel
import WherryOCI

/// Speaks the distribution API (distribution-spec, "Pull") with one registry about one repository.
///
/// Redirects are followed by hand, because the credentials must not follow them.
final class RegistryClient: Sendable {
  struct Answer: Sendable {
    var url: RegistryURL
    var response: HTTPClientResponse
    var status: UInt { response.status.code }
  }

  let rules: TransportRules
  let repository: String
  let limits: RegistryLimits
  /// What a token is asked for: `pull`, or `pull,push`.
  private let actions: String
  /// Repositories of the same registry that blobs are taken over from.
  private let mounts: [String]
  /// What is asked for is the names of all repositories.
  private let listsAll: Bool
  let http: HTTPAccess
  /// `user:password` in base64.
  private let credential: String?
  /// The `Authorization` of this repository, once the registry asked for one.
  private let authorization = Mutex<String?>(nil)

  init(
    http: HTTPAccess, rules: TransportRules, repository: String, credential: String?,
    limits: RegistryLimits = .init(), actions: String = "pull", mounts: [String] = [],
    listsAll: Bool = false
  ) {
    self.listsAll = listsAll
    self.http = http
    self.rules = rules
    self.repository = repository
    self.credential = credential
    self.limits = limits
    self.actions = actions
    self.mounts = mounts
  }

  /// One GET of `/v2/REPOSITORY/…`, authenticated when the registry asks for it.
  func get(
    _ path: String, accept: [MediaType] = [], offset: UInt64 = 0, range: Range<UInt64>? = nil
  ) async throws -> Answer {
    let url = RegistryURL(origin: rules.registry, target: "/v2/\(repository)/\(path)")
    var headers = HTTPHeaders()
    for type in accept { headers.add(name: "Accept", value: type.rawValue) }
    if offset > 0 { headers.add(name: "Range", value: "bytes=\(offset)-") }
    if let range, !range.isEmpty {
      headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
    }
    var answer = try await follow(url, headers, authorization: authorization.withLock { $0 })
    if answer.status == 401, answer.url.origin == rules.registry {
      let renewed = try await authenticate(answer.response.headers["www-authenticate"])
      authorization.withLock { $0 = renewed }
      answer = try await follow(url, headers, authorization: renewed)
    }
    guard (200..<300).contains(answer.status) else {
      throw await RegistryFailure.error(answer, self, path: path)
    }
    return answer
  }

  /// One request about the repository, authenticated when the registry asks for it.
  func send(_ method: HTTPMethod, _ path: String, expecting: [UInt]) async throws -> Answer {
    try await send(
      method, RegistryURL(origin: rules.registry, target: "/v2/\(repository)/\(path)"), expecting: expecting)
  }

  /// The same to a place the registry named; ours is the credential of the registry's own host only.
  func send(
    _ method: HTTPMethod, _ url: RegistryURL, body: ByteBuffer? = nil, headers: [(String, String)] = [],
    expecting: [UInt]
  ) async throws -> Answer {
    let fields = HTTPHeaders(headers)
    let own = url.origin == rules.registry
    let known = own ? authorization.withLock { $0 } : nil
    var answer = try await follow(url, fields, authorization: known, method: method, body: body)
    if answer.status == 401, own, answer.url.origin == rules.registry {
      let renewed = try await authenticate(answer.response.headers["www-authenticate"])
      authorization.withLock { $0 = renewed }
      answer = try await follow(url, fields, authorization: renewed, method: method, body: body)
    }
    guard expecting.contains(answer.status) else {
      throw await RegistryFailure.error(answer, self, path: url.target.lastPart)
    }
    return answer
  }

  /// Whether the registry takes our credential at its base endpoint (distribution-spec, "Determining Support").
  func checkAccess() async throws {
    let url = RegistryURL(origin: rules.registry, target: "/v2/")
    var answer = try await follow(url, HTTPHeaders(), authorization: nil)
    if answer.status == 401 {
      let authorization = try await authenticate(answer.response.headers["www-authenticate"])
      answer = try await follow(url, HTTPHeaders(), authorization: authorization)
    }
    guard (200..<300).contains(answer.status) else {
      if [401, 403].contains(answer.status) { throw RegistryFailure.loginFailed(self) }
      throw await RegistryFailure.error(answer, self)
    }
  }

  /// Whether it speaks the distribution API. One that wants a credential does.
  func checkPresence() async throws {
    let answer = try await follow(
      RegistryURL(origin: rules.registry, target: "/v2/"), HTTPHeaders(), authorization: nil)
    guard (200..<300).contains(answer.status) || answer.status == 401 else {
      throw WherryError(
        .protocolViolation, "\(rules.registry.name) answers /v2/ with status \(answer.status): no registry",
        hint: "check the name and port; a portal of the network (hotel, phone) answers for others, too")
    }
  }

  /// Sends a request and those its redirects lead to. `authorization` goes to the first place only.
  private func follow(
    _ start: RegistryURL, _ headers: HTTPHeaders, authorization: String?, method: HTTPMethod = .GET,
    body: ByteBuffer? = nil
  ) async throws -> Answer {
    var url = start
    for _ in 0...limits.redirects {
      var request = HTTPClientRequest(url: url.description)
      request.method = method
      if let body { request.body = .bytes(body) }
      request.headers = headers
      request.headers.replaceOrAdd(name: "User-Agent", value: "wherry")
      if let authorization, url.origin == start.origin {
        request.headers.replaceOrAdd(name: "Authorization", value: authorization)
      }
      let response = try await execute(request, to: url)
      guard [301, 302, 303, 307, 308].contains(response.status.code) else {
        return Answer(url: url, response: response)
      }
      guard let location = response.headers.first(name: "location") else {
        throw WherryError(.protocolViolation, "registry \(url.origin.name) redirected to nowhere")
      }
      let next = try url.following(location)
      try rules.check(next, from: url, what: "redirect")
      url = next
    }
    throw WherryError(
      .protocolViolation, "registry \(start.origin.name) redirected more than \(limits.redirects) times")
  }

  private func execute(_ request: HTTPClientRequest, to url: RegistryURL) async throws -> HTTPClientResponse {
    do {
      return try await http.execute(
        request, to: url.origin, deadline: .now() + .nanoseconds(limits.idle.wholeNanoseconds))
    } catch {
      if let refusal = await CertificateProbe.explain(error, url.origin, http) { throw refusal }
      throw RegistryFailure.error(error, peer: url.origin.name)
    }
  }

  /// Reads a body that must not be larger than `maximum`.
  func body(of answer: Answer, maximum: Int, what: String) async throws -> [UInt8] {
    let peer = answer.url.origin.name
    @Sendable func tooLarge() -> WherryError {
      WherryError(.resourceExhausted, "\(what) from \(peer) is larger than \(maximum) bytes")
    }
    if let length = answer.response.headers.first(name: "content-length").flatMap({ Int($0) }),
      length > maximum
    {
      throw tooLarge()
    }
    return try await withStallClock(limits, peer: peer) { clock in
      var bytes: [UInt8] = []
      var iterator = answer.response.body.makeAsyncIterator()
      do {
        clock.waiting()
        while let part = try await iterator.next() {
          clock.received(part.readableBytes)
          guard bytes.count + part.readableBytes <= maximum else { throw tooLarge() }
          bytes.append(contentsOf: part.readableBytesView)
          clock.waiting()
        }
      } catch let error as WherryError {
        throw error
      } catch {
        throw RegistryFailure.error(error, peer: peer)
      }
      return bytes
    }
  }

  // MARK: - Authentication

  /// The `Authorization` that satisfies the challenges (distribution: docs/spec/auth/token.md).
  private func authenticate(_ values: [String]) async throws -> String {
    let challenges = AuthenticationChallenge.parse(values)
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }), let realm = bearer.parameters["realm"]
    {
      return "Bearer \(try await token(realm: realm, service: bearer.parameters["service"]))"
    }
    if challenges.contains(where: { $0.scheme == "basic" }), let credential { return "Basic \(credential)" }
    throw RegistryFailure.unauthorized(self)
  }

  private func token(realm: String, service: String?) async throws -> String {
    let url = try RegistryURL(realm)
    try rules.check(url, from: nil, what: "token realm")
    var query = service.map { [(name: "service", value: $0)] } ?? []
    // Ours, not the challenge's: a registry has no say in what else the credentials are good for.
    if !repository.isEmpty {
      query.append((name: "scope", value: "repository:\(repository):\(actions)"))
    } else if listsAll {
      query.append((name: "scope", value: "registry:catalog:*"))
    }
    for name in mounts { query.append((name: "scope", value: "repository:\(name):pull")) }
    let basic = credential.map { "Basic \($0)" }
    let answer = try await follow(url.withQuery(query), HTTPHeaders(), authorization: basic)
    guard answer.status == 200 else {
      if [400, 401, 403].contains(answer.status) { throw RegistryFailure.unauthorized(self) }
      throw await RegistryFailure.error(answer, self)
    }
    let bytes = try await body(of: answer, maximum: limits.smallBytes, what: "token")
    let document = try StrictJSON.decode(
      TokenJSON.self, from: bytes, what: "token answer of \(url.origin.name)", maximumSize: limits.smallBytes)
    guard let token = document.token ?? document.access_token, (1...65536).contains(token.utf8.count),
      token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { throw WherryError(.protocolViolation, "\(url.origin.name) answered without a usable token") }
    return token
  }

  var hasCredential: Bool { credential != nil }
}

extension String {
  /// `blobs/DIGEST` or `manifests/TAG` of a URL's path, for errors.
  fileprivate var lastPart: String {
    let parts = (split(separator: "?").first ?? "").split(separator: "/")
    return parts.suffix(2).joined(separator: "/")
  }
}

private struct TokenJSON: Decodable {
  var token: String?
  var access_token: String?
}

extension Duration {
  /// Clamped to what NIO's clock can hold.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? Int64.max / 4 : min(scaled, Int64.max / 4) + attoseconds / 1_000_000_000
  }
}
