import Testing
import WherryLinux
import WherryModel
import WherryOCI

@testable import WherryImages

/// Where signatures are looked for, and what a registry can do about it.
@Suite(.enabled(if: Scratch.isRoot, "needs root and openssl"), .timeLimit(.minutes(2)))
struct SignatureSearchTests {
  /// What a stub has beside the image.
  struct Shelf: Sendable {
    var manifests: [String: (type: String, bytes: [UInt8])] = [:]
    var blobs: [String: [UInt8]] = [:]
    var referrers: [UInt8]?
    var status = 404

    /// A signature manifest as cosign writes it.
    mutating func sign(_ evidence: [SignatureEvidence], as tag: String) {
      let layers = evidence.map { one -> String in
        let digest = StubImage.digest(one.payload)
        blobs[digest] = one.payload
        return #"{"mediaType":"\#(SimpleSigningPayload.mediaType)","digest":"\#(digest)","#
          + #""size":\#(one.payload.count),"annotations":{"\#(SignatureSearch.annotation)":"\#(one.signature)"}}"#
      }
      let bytes = Array(
        (#"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest)","config":{"mediaType":"\#(MediaType.configuration)","#
          + #""digest":"\#(StubImage.digest([]))","size":0},"layers":[\#(layers.joined(separator: ","))]}"#)
          .utf8)
      manifests[tag] = (MediaType.manifest.rawValue, bytes)
      manifests[StubImage.digest(bytes)] = manifests[tag]
    }

    func entry(_ tag: String, type: String) -> String {
      let bytes = manifests[tag]?.bytes ?? []
      return #"{"mediaType":"\#(MediaType.manifest)","digest":"\#(StubImage.digest(bytes))","#
        + #""size":\#(bytes.count),"artifactType":"\#(type)"}"#
    }

    static func index(_ entries: [String]) -> [UInt8] {
      Array(
        #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[\#(entries.joined(separator: ","))]}"#
          .utf8)
    }

    func reply(_ request: StubRegistry.Request, _ image: StubImage) -> StubRegistry.Reply {
      let last = String(request.target.split(separator: "?")[0].split(separator: "/").last ?? "")
      if request.target.contains("/referrers/") {
        guard let referrers else { return .answer(status, [], []) }
        return .answer(200, [("Content-Type", MediaType.index.rawValue)], referrers)
      }
      if let found = manifests[last] { return .answer(200, [("Content-Type", found.type)], found.bytes) }
      if let blob = blobs[last] { return .answer(200, [], blob) }
      let isOwn = ["latest", StubImage.digest(image.manifest)].contains(last)
      if request.target.contains("/manifests/"), !isOwn { return .answer(status, [], []) }
      return image.reply(request)
    }
  }

  let image = StubImage()
  var digest: String { StubImage.digest(image.manifest) }
  var tag: String { "sha256-\(digest.dropFirst(7)).sig" }

  func resolve(_ shelf: Shelf, _ keys: [SignatureKey]) async throws -> ResolvedImage {
    let stub = try await StubRegistry { [image] in shelf.reply($0, image) }
    let domain = stub.domain
    return try await TestClient.with(domain) { client in
      let requirement = SignatureRequirement(
        prefix: "reg.example", repository: "reg.example/x", tag: "latest", keys: keys)
      return try await ImageResolution(
        client: client, platform: Platform(os: "linux", architecture: "amd64"),
        signatures: SignatureSearch(requirement: requirement, clients: [client])
      ).resolve(try Reference("\(domain)/library/x"))
    }
  }

  @Test func signatureIsFoundByTagAndGoesToTheDaemon() async throws {
    let signer = try await TestSigner(try Scratch())
    let payload = TestSigner.payload("reg.example/x", digest)
    var shelf = Shelf()
    // Bad ones before it do no harm.
    let bad = try await signer.evidence(TestSigner.payload("reg.example/y", digest))
    shelf.sign([bad, try await signer.evidence(payload)], as: tag)
    let resolved = try await resolve(shelf, [try signer.key])
    let documents = try FetchedDocuments(
      resolved.documents, reference: try Reference("reg.example/x"),
      platform: Platform(os: "linux", architecture: "amd64"),
      requirement: SignatureRequirement(
        prefix: "p", repository: "reg.example/x", tag: nil, keys: [try signer.key]))
    #expect(documents.named.digest.description == digest)
    // The daemon takes nobody's word for it.
    let others: [[WorkerEvent]] = [
      resolved.documents.filter { if case .document(.signature, _, _) = $0 { false } else { true } },
      resolved.documents.map {
        if case .document(.signature, let type, let bytes) = $0 {
          .document(.signature, contentType: type, bytes: bytes + [0x20])
        } else {
          $0
        }
      },
    ]
    for events in others {
      let error = #expect(throws: WherryError.self) {
        try FetchedDocuments(
          events, reference: try Reference("reg.example/x"),
          platform: Platform(os: "linux", architecture: "amd64"),
          requirement: SignatureRequirement(
            prefix: "p", repository: "reg.example/x", tag: nil, keys: [try signer.key]))
      }
      #expect(error?.code == .permissionDenied)
    }
  }

  @Test func signatureIsFoundAmongReferrersAndByTheirTag() async throws {
    let signer = try await TestSigner(try Scratch(), .ed25519)
    let evidence = try await signer.evidence(TestSigner.payload("reg.example/x", digest))
    var shelf = Shelf()
    shelf.sign([evidence], as: "hidden")
    let index = Shelf.index([
      shelf.entry("hidden", type: "application/other"),
      shelf.entry("hidden", type: SignatureSearch.artifactType),
    ])
    shelf.referrers = index
    _ = try await resolve(shelf, [try signer.key])
    shelf.referrers = nil
    shelf.manifests["sha256-\(digest.dropFirst(7))"] = (MediaType.index.rawValue, index)
    _ = try await resolve(shelf, [try signer.key])
  }

  @Test func nothingAndNonsenseAreRefusedWithTheirReason() async throws {
    let signer = try await TestSigner(try Scratch())
    let payload = TestSigner.payload("reg.example/x", digest)
    let good = try await signer.evidence(payload)
    var shelves: [(Shelf, String)] = [(Shelf(), "has no signature")]
    var shelf = Shelf()
    shelf.manifests[tag] = (MediaType.manifest.rawValue, Array("{}".utf8))
    shelves.append((shelf, "cannot be read"))
    shelf = Shelf()
    shelf.sign([SignatureEvidence(payload: payload, signature: "AAAA")], as: tag)
    shelves.append((shelf, "not made with a key"))
    shelf = Shelf()
    shelf.sign([good], as: tag)
    shelf.blobs[StubImage.digest(payload)] = payload + [0x20]
    shelves.append((shelf, "could not be fetched"))
    shelf = Shelf()
    shelf.sign([good], as: tag)
    shelf.blobs[StubImage.digest(payload)] = [UInt8](
      repeating: 0x20, count: SimpleSigningPayload.maximumSize + 1)
    shelves.append((shelf, "could not be fetched"))
    shelf = Shelf()
    let wrong = SignatureEvidence(payload: payload, signature: "AAAA")
    shelf.sign(Array(repeating: wrong, count: SignatureSearch.maximumSignatures) + [good], as: tag)
    shelves.append((shelf, "only the first \(SignatureSearch.maximumSignatures)"))
    for (shelf, text) in shelves {
      let error = await #expect(throws: WherryError.self) { _ = try await resolve(shelf, [try signer.key]) }
      #expect(error?.code == .permissionDenied)
      #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("reg.example") == true)
    }
  }

  @Test func registryThatFailsMeanwhileIsNoReasonToCallItUnsigned() async throws {
    let signer = try await TestSigner(try Scratch())
    var shelf = Shelf()
    shelf.status = 503
    let failing = shelf
    let error = await #expect(throws: WherryError.self) { _ = try await resolve(failing, [try signer.key]) }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("signature") == true)
  }
}
