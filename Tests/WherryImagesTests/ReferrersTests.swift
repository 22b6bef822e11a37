import Testing
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite(.timeLimit(.minutes(1))) struct ReferrersTests {
  static let subject = "sha256:" + String(repeating: "ab", count: 32)

  static func entry(_ number: Int, _ type: String, note: String = "") -> String {
    let hex = String(number, radix: 16)
    let digest = "sha256:" + String(repeating: "0", count: 64 - hex.count) + hex
    return
      #"{"mediaType":"\#(MediaType.manifest)","digest":"\#(digest)","size":\#(number),"artifactType":"\#(type)","#
      + #""annotations":{"note":"\#(note)"}}"#
  }

  static func index(_ entries: [String]) -> [UInt8] {
    Array(
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[\#(entries.joined(separator: ","))]}"#
        .utf8)
  }

  static func answer(_ entries: [String], link: String? = nil) -> StubRegistry.Reply {
    var headers = [("Content-Type", MediaType.index.rawValue)]
    if let link { headers.append(("Link", link)) }
    return .answer(200, headers, index(entries))
  }

  func ask(_ stub: StubRegistry, _ type: String? = nil) async throws -> RegistryClient.Referrers {
    try await TestClient.with(stub.domain) {
      try await $0.referrers(of: try Digest(Self.subject), artifactType: type)
    }
  }

  @Test func listIsReadPageByPageAndFiltered() async throws {
    let stub = try await StubRegistry { request in
      request.target.contains("last=")
        ? Self.answer([Self.entry(2, "b"), Self.entry(3, "a")])
        : Self.answer(
          [Self.entry(1, "a")], link: "</v2/library/x/referrers/\(Self.subject)?last=1>; rel=\"next\"")
    }
    let all = try await ask(stub)
    #expect(all.manifests.map(\.size) == [1, 2, 3])
    #expect(!all.isFromTag)
    #expect(try await ask(stub, "a").manifests.map(\.size) == [1, 3])
    #expect(stub.requests.contains { $0.target.hasSuffix("?artifactType=a") })
  }

  @Test func tagStandsInForTheAPI() async throws {
    let stub = try await StubRegistry { request in
      request.target.hasSuffix("/manifests/" + Self.subject.map { $0 == ":" ? "-" : $0 })
        ? Self.answer([Self.entry(1, "a")]) : .answer(404, [], [])
    }
    let found = try await ask(stub)
    #expect(found.manifests.map(\.artifactType) == ["a"])
    #expect(found.isFromTag)
    let none = try await StubRegistry { _ in .answer(404, [], []) }
    #expect(try await ask(none).manifests.isEmpty)
  }

  @Test(arguments: [
    "<http://127.0.0.1:1/v2/library/x/referrers/y>; rel=\"next\"", "</v2/other/referrers/y>; rel=\"next\"",
    "<https://evil.example/v2/library/x/referrers/y>; rel=\"next\"",
  ])
  func listThatLeadsElsewhereIsNotFollowed(_ link: String) async throws {
    let stub = try await StubRegistry { _ in Self.answer([], link: link) }
    #expect(await code { _ = try await ask(stub) } == .protocolViolation)
    #expect(stub.requests.count == 1)
  }

  @Test func listWithoutAnEndIsGivenUp() async throws {
    let stub = try await StubRegistry { request in
      Self.answer(
        [Self.entry(1, "a")],
        link: "</v2/library/x/referrers/y?n=\(request.target.utf8.count)x>; rel=\"next\"")
    }
    let ended = await code { _ = try await ask(stub) }
    #expect(ended == .resourceExhausted || ended == .protocolViolation)
    #expect(stub.requests.count < 32)
  }

  @Test func tooManyAreRefused() async throws {
    let many = (0...RegistryClient.maximumReferrers).map { Self.entry($0, "a") }
    let long = String(repeating: "x", count: 300_000)
    for entries in [many, (0..<4).map { Self.entry($0, "a", note: long) }] {
      let stub = try await StubRegistry { _ in Self.answer(entries) }
      let refused = await code { _ = try await ask(stub) }
      #expect(refused == .resourceExhausted || refused == .protocolViolation)
    }
  }

  @Test(arguments: ["", "{}", "[]", #"{"schemaVersion":2,"manifests":[{}]}"#, "x"])
  func listThatIsNoneIsRefused(_ body: String) async throws {
    let stub = try await StubRegistry { _ in
      .answer(200, [("Content-Type", MediaType.index.rawValue)], Array(body.utf8))
    }
    #expect(await code { _ = try await ask(stub) } != nil)
  }
}
