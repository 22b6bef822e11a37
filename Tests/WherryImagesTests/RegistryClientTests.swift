import NIOHTTP1
import Synchronization
import Testing
import WherryModel
import WherryOCI

@testable import WherryImages

/// CASES.md A7 to A13 and A18, against a registry that misbehaves.
@Suite(.timeLimit(.minutes(1))) struct RegistryClientTests {
  let image = StubImage()

  @Test func honestRegistryIsRead() async throws {
    let stub = try await StubRegistry { [image] in image.reply($0) }
    let resolved = try await TestClient.resolve(stub)
    #expect(resolved.manifest.layers.count == 1)
    #expect(try await TestClient.blob(stub, image.layer) == image.layer)
    // The layer's `urls` were not asked, nor anything else.
    #expect(stub.requests.allSatisfy { $0.target.hasPrefix("/v2/library/x/") })
    #expect(stub.requests.allSatisfy { $0.headers["authorization"].isEmpty })
  }

  // MARK: A7, A9, A10

  @Test func contentTypeCannotMakeAManifestAnIndex() async throws {
    let stub = try await StubRegistry { [image] request in
      guard request.target.contains("/manifests/") else { return image.reply(request) }
      return .answer(200, [("Content-Type", MediaType.index.rawValue)], image.manifest)
    }
    #expect(await code { try await TestClient.resolve(stub) } == .protocolViolation)
  }

  @Test(arguments: ["/manifests/", "/blobs/"]) func wrongBytesNameTheirDigest(_ role: String) async throws {
    let stub = try await StubRegistry { [image] request in
      guard request.target.contains(role) else { return image.reply(request) }
      return .answer(200, [("Content-Type", MediaType.manifest.rawValue)], Array("{}".utf8))
    }
    let digest =
      role == "/manifests/" ? StubImage.digest(image.manifest) : StubImage.digest(image.configuration)
    do {
      try await TestClient.resolve(stub, "library/x@\(StubImage.digest(image.manifest))")
      Issue.record("accepted")
    } catch let error as WherryError {
      #expect(error.code == .dataLoss)
      #expect(error.message.contains(digest))
    }
  }

  @Test func blobThatIsLongerOrShorterThanSaidIsRefused() async throws {
    let stub = try await StubRegistry { [image] in image.reply($0) }
    #expect(
      await code { _ = try await TestClient.blob(stub, image.layer, size: image.layer.count - 1) }
        == .dataLoss)
    #expect(
      await code { _ = try await TestClient.blob(stub, image.layer, size: image.layer.count + 1) }
        == .dataLoss)
  }

  @Test func blobWithoutLengthIsCutOffWhereItShouldEnd() async throws {
    let stub = try await StubRegistry { _ in
      .raw(
        Array("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n".utf8)
          + [UInt8](repeating: 7, count: 1024) + Array("\r\n0\r\n\r\n".utf8))
    }
    #expect(
      await code { _ = try await TestClient.blob(stub, [UInt8](repeating: 7, count: 1000)) } == .dataLoss)
    #expect(
      await code { _ = try await TestClient.blob(stub, [UInt8](repeating: 7, count: 2000)) } == .unavailable)
  }

  @Test func missingImageIsNotFound() async throws {
    let stub = try await StubRegistry { _ in
      .answer(404, [], Array("{\"errors\":[{\"message\":\"manifest \\u001b[2Junknown\"}]}".utf8))
    }
    do {
      try await TestClient.resolve(stub, "library/x:tag@\(StubImage.digest(image.manifest))")
      Issue.record("accepted")
    } catch let error as WherryError {
      #expect(error.code == .notFound)
      #expect(error.message.contains("manifest"))
      #expect(!error.message.contains("\u{1b}"))
    }
    #expect(stub.requests.count == 1)
  }

  // MARK: Resuming

  @Test func brokenDownloadGoesOnWhereItWas() async throws {
    let big = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let image = StubImage(layer: big)
    let stub = try await StubRegistry { request in
      if request.headers["range"].isEmpty { return .cut(Array(big[..<100_000]), declared: big.count) }
      return image.reply(request)
    }
    #expect(try await TestClient.blob(stub, big) == big)
    let ranges = stub.requests.compactMap { $0.headers.first(name: "range") }
    #expect(ranges.count == 1 && ranges[0] != "bytes=0-")
  }

  @Test func serverThatIgnoresRangesIsReadFromItsStart() async throws {
    let big = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let stub = try await StubRegistry { request in
      request.headers["range"].isEmpty
        ? .cut(Array(big[..<100_000]), declared: big.count) : .answer(200, [], big)
    }
    #expect(try await TestClient.blob(stub, big) == big)
  }

  @Test func wrongPartIsRefused() async throws {
    let big = [UInt8](repeating: 1, count: 200_000)
    let stub = try await StubRegistry { request in
      guard let range = request.headers.first(name: "range") else {
        return .cut(Array(big[..<100_000]), declared: big.count)
      }
      let start = Int(range.dropFirst(6).dropLast()) ?? 0
      return .answer(206, [("Content-Range", "bytes 5-10/200000")], Array(big[start...]))
    }
    #expect(await code { _ = try await TestClient.blob(stub, big) } == .dataLoss)
  }

  @Test func transientFailuresAreTriedAgainAndThenReported() async throws {
    let failures = Counter()
    let stub = try await StubRegistry { [image] request in
      failures.next() < 2 ? .answer(503, [], []) : image.reply(request)
    }
    _ = try await TestClient.resolve(stub)
    let broken = try await StubRegistry { _ in .answer(500, [], []) }
    #expect(await code { try await TestClient.resolve(broken) } == .unavailable)
    #expect(broken.requests.count == 3)
  }

  // MARK: A11

  @Test func tokenIsForOneRepositoryAndStaysWithTheRegistry() async throws {
    let image = image
    let other = try await StubRegistry { image.reply($0) }
    let stub = try await StubRegistry { [port = other.port] request in
      if request.target.hasPrefix("/token") {
        return .answer(200, [], Array("{\"token\":\"secret-token\"}".utf8))
      }
      guard request.headers.first(name: "authorization") == "Bearer secret-token" else {
        let host = request.headers.first(name: "host") ?? ""
        return .answer(
          401,
          [
            (
              "WWW-Authenticate",
              "Bearer realm=\"http://\(host)/token\",service=\"s\",scope=\"repository:*:*\""
            )
          ], [])
      }
      // The same path on another port is another place.
      return .answer(307, [("Location", "http://127.0.0.1:\(port)\(request.target)")], [])
    }
    _ = try await TestClient.resolve(stub, credential: "dXNlcjpwYXNz")
    let token = stub.requests.filter { $0.target.hasPrefix("/token") }
    #expect(token.map(\.target) == ["/token?service=s&scope=repository%3Alibrary%2Fx%3Apull"])
    #expect(token.first?.headers.first(name: "authorization") == "Basic dXNlcjpwYXNz")
    #expect(!other.requests.isEmpty)
    #expect(other.requests.allSatisfy { $0.headers["authorization"].isEmpty })
  }

  @Test func credentialsDoNotFollowTheRealmElsewhere() async throws {
    let thief = try await StubRegistry { _ in .answer(200, [], Array("{\"token\":\"t\"}".utf8)) }
    let stub = try await StubRegistry { [port = thief.port] request in
      request.target.hasPrefix("/token")
        ? .answer(307, [("Location", "http://127.0.0.1:\(port)/token")], [])
        : .answer(
          401,
          [
            ("WWW-Authenticate", "Bearer realm=\"http://\(request.headers.first(name: "host") ?? "")/token\"")
          ],
          [])
    }
    #expect(await code { try await TestClient.resolve(stub, credential: "dXNlcjpwYXNz") } == .unauthorized)
    #expect(!thief.requests.isEmpty)
    #expect(thief.requests.allSatisfy { $0.headers["authorization"].isEmpty })
  }

  @Test(arguments: [
    "http://169.254.169.254/latest", "http://attacker.example/token", "http://127.1/x", "http://2130706433/x",
    "http://127\u{3002}0\u{3002}0\u{3002}1/x", "gopher://x/", "http://[fd00::1]/", "https://a/%0d%0aX",
  ])
  func realmAndRedirectToForbiddenPlacesAreRefused(_ target: String) async throws {
    let realm = try await StubRegistry { _ in
      .answer(401, [("WWW-Authenticate", "Bearer realm=\"\(target)\"")], [])
    }
    let refused = await code { try await TestClient.resolve(realm, credential: "dXNlcjpwYXNz") }
    #expect(refused == .permissionDenied || refused == .protocolViolation)
    let redirect = try await StubRegistry { _ in .answer(307, [("Location", target)], []) }
    let stopped = await code { try await TestClient.resolve(redirect) }
    #expect(stopped == .permissionDenied || stopped == .protocolViolation)
    #expect(redirect.requests.count == 1)
  }

  @Test func basicIsAnsweredWithCredentialsOnly() async throws {
    let image = image
    let stub = try await StubRegistry { request in
      request.headers.first(name: "authorization") == "Basic dXNlcjpwYXNz"
        ? image.reply(request) : .answer(401, [("WWW-Authenticate", "Basic realm=\"x\"")], [])
    }
    #expect(await code { try await TestClient.resolve(stub) } == .unauthorized)
    _ = try await TestClient.resolve(stub, credential: "dXNlcjpwYXNz")
  }

  // MARK: A12

  @Test func endless401IsAskedTwice() async throws {
    let stub = try await StubRegistry { request in
      request.target.hasPrefix("/token")
        ? .answer(200, [], Array("{\"token\":\"t\"}".utf8))
        : .answer(
          401,
          [
            ("WWW-Authenticate", "Bearer realm=\"http://\(request.headers.first(name: "host") ?? "")/token\"")
          ],
          [])
    }
    #expect(await code { try await TestClient.resolve(stub) } == .unauthorized)
    #expect(stub.requests.count == 3)
  }

  @Test func redirectsAreBounded() async throws {
    let counter = Counter()
    let image = image
    let stub = try await StubRegistry { request in
      let left = counter.next()
      return left < 10 ? .answer(302, [("Location", request.target)], []) : image.reply(request)
    }
    _ = try await TestClient.resolve(stub)
    let endless = try await StubRegistry { .answer(302, [("Location", $0.target)], []) }
    #expect(await code { try await TestClient.resolve(endless) } == .protocolViolation)
    #expect(endless.requests.count == 11)
  }

  @Test func silenceAndTricklesEndInTime() async throws {
    let silent = try await StubRegistry { _ in .raw([]) }
    #expect(await code { try await TestClient.resolve(silent) } == .deadlineExceeded)
    let head = try await StubRegistry { _ in .trickle(Array("HTTP/1.1 200 X\r\nX-Long: ".utf8), every: 50) }
    #expect(await code { try await TestClient.resolve(head) } == .deadlineExceeded)
    let body = try await StubRegistry { _ in
      .trickle(Array("HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n".utf8), every: 50)
    }
    #expect(await code { try await TestClient.resolve(body) } == .deadlineExceeded)
    let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
    #expect(await code { _ = try await TestClient.blob(body, bytes) } == .deadlineExceeded)
  }

  @Test func hugeHeadersAreCutOff() async throws {
    let one = try await StubRegistry { _ in
      .raw(Array("HTTP/1.1 200 X\r\nX: ".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 4 << 20))
    }
    #expect(await code { try await TestClient.resolve(one) } == .unavailable)
    let many = try await StubRegistry { _ in
      .raw(
        Array("HTTP/1.1 200 X\r\n".utf8)
          + Array(String(repeating: "X-\(0): y\r\n", count: 200_000).utf8))
    }
    #expect(await code { try await TestClient.resolve(many) } == .unavailable)
  }

  // MARK: A13

  @Test func documentsAreBounded() async throws {
    let declared = try await StubRegistry { _ in
      .raw(Array("HTTP/1.1 200 X\r\nContent-Length: 4194305\r\n\r\n".utf8))
    }
    #expect(await code { try await TestClient.resolve(declared) } == .resourceExhausted)
    let streamed = try await StubRegistry { _ in
      let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("\r\n".utf8)
      return .raw(
        Array("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + chunk + chunk + chunk + chunk
          + chunk)
    }
    #expect(await code { try await TestClient.resolve(streamed) } == .resourceExhausted)
  }

  @Test func tokenAndErrorBodiesAreBounded() async throws {
    let big = [UInt8](repeating: 0x20, count: 1 << 20)
    let token = try await StubRegistry { request in
      request.target.hasPrefix("/token")
        ? .answer(200, [], big + Array("{\"token\":\"t\"}".utf8))
        : .answer(
          401,
          [
            ("WWW-Authenticate", "Bearer realm=\"http://\(request.headers.first(name: "host") ?? "")/token\"")
          ],
          [])
    }
    #expect(await code { try await TestClient.resolve(token) } == .resourceExhausted)
    let error = try await StubRegistry { _ in .answer(404, [], big + big) }
    #expect(await code { try await TestClient.resolve(error) } == .notFound)
  }

  @Test(arguments: [
    "{\"token\":\"a\\r\\nX: y\"}", "{\"token\":\"\"}", "{}", "[]", "{\"token\":\"a\",\"token\":\"b\"}",
  ])
  func unusableTokenIsRefused(_ text: String) async throws {
    let stub = try await StubRegistry { request in
      request.target.hasPrefix("/token")
        ? .answer(200, [], Array(text.utf8))
        : .answer(
          401,
          [
            ("WWW-Authenticate", "Bearer realm=\"http://\(request.headers.first(name: "host") ?? "")/token\"")
          ],
          [])
    }
    #expect(await code { try await TestClient.resolve(stub) } == .protocolViolation)
  }

  @Test func platformMismatchAndForeignConfigurationsAreRefused() async throws {
    let image = image
    let stub = try await StubRegistry { image.reply($0) }
    let refused = await code {
      _ = try await TestClient.with(stub.domain) { client in
        try await ImageResolution(client: client, platform: Platform(os: "linux", architecture: "arm64"))
          .resolve(try Reference("\(stub.domain)/library/x"))
      }
    }
    #expect(refused == .notFound)
    let chart = StubImage(
      mediaType: MediaType(rawValue: "application/vnd.cncf.helm.chart.content.v1.tar+gzip"))
    let helm = try await StubRegistry { chart.reply($0) }
    #expect(await code { try await TestClient.resolve(helm) } == .unsupported)
  }
}

final class Counter: Sendable {
  private let value = Mutex(0)

  /// The count before this call.
  func next() -> Int {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}
