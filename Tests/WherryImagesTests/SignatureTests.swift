import Testing
import WherryLinux
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite(.enabled(if: Scratch.isRoot, "needs root and openssl"), .timeLimit(.minutes(2)))
struct SignatureTests {
  static let digest = "sha256:" + String(repeating: "ab", count: 32)
  static let other = "sha256:" + String(repeating: "cd", count: 32)
  static let name = "reg.example/team/app"

  static func requirement(_ keys: [SignatureKey], tag: String? = "1") -> SignatureRequirement {
    SignatureRequirement(prefix: "reg.example", repository: name, tag: tag, keys: keys)
  }

  // MARK: Keys

  @Test(arguments: [TestSigner.Kind.ecdsa, .ed25519]) func keyVerifiesItsOwnSignatureOnly(
    _ kind: TestSigner.Kind
  )
    async throws
  {
    let scratch = try Scratch()
    let signer = try await TestSigner(scratch, kind)
    let stranger = try await TestSigner(scratch, kind, name: "stranger")
    let payload = TestSigner.payload(Self.name, Self.digest)
    let signature = try await signer.sign(payload)
    let key = try signer.key
    #expect(key.made(signature, over: payload))
    #expect(!(try stranger.key).made(signature, over: payload))
    for position in payload.indices {
      var changed = payload
      changed[position] ^= 1
      #expect(!key.made(signature, over: changed))
    }
    for length in signature.indices { #expect(!key.made(Array(signature[..<length]), over: payload)) }
    #expect(!key.made(signature + [0], over: payload))
    #expect(SignatureKey(text: key.text) == key)
  }

  @Test(arguments: [TestSigner.Kind.p384, .rsa]) func keyOfAnotherKindIsRefusedByName(_ kind: TestSigner.Kind)
    async throws
  {
    let signer = try await TestSigner(try Scratch(), kind)
    let error = #expect(throws: WherryError.self) { _ = try signer.key }
    #expect(error?.message.contains(signer.publicKey) == true)
  }

  @Test func keyFileThatIsNoneIsRefused() async throws {
    let signer = try await TestSigner(try Scratch())
    let private_ = try Files.read("\(signer.folder)/key", maximum: 1 << 14)
    let text = String(decoding: signer.pem, as: UTF8.self)
    let lines = text.split(separator: "\n")
    // A point that is not on the curve, two keys, a private one, one without an end.
    var bad: [[UInt8]] = [[], Array("key".utf8), private_, signer.pem + signer.pem]
    bad.append(Array(lines.dropLast().joined(separator: "\n").utf8))
    bad.append(Array(text.replacingLast("==", "=A").utf8))
    bad.append(
      Array((lines[0] + "\n" + Base64.encode([UInt8](repeating: 0x30, count: 91)) + "\n" + lines[3]).utf8))
    for bytes in bad {
      #expect(throws: WherryError.self) { try SignatureKey(pem: bytes, path: "/k") }
    }
    #expect(throws: Never.self) {
      try SignatureKey(pem: Array("comment\r\n".utf8) + signer.pem, path: "/k")
    }
    for text in ["", "p256", "p256:AAAA", "ed25519:", "rsa:AAAA", "ed25519:!"] {
      #expect(SignatureKey(text: text) == nil)
    }
  }

  // MARK: Payloads

  @Test(arguments: ["null", "{}", #"{"creator":"x","timestamp":1458239713,"Type":"a","digest":{"x":[1]}}"#])
  func payloadIsRead(_ optional: String) throws {
    let payload = try SimpleSigningPayload(
      json: TestSigner.payload(Self.name, Self.digest, optional: optional))
    #expect(payload.reference == Self.name)
    #expect(payload.digest.description == Self.digest)
  }

  @Test func payloadCutAnywhereIsRefused() {
    let whole = TestSigner.payload(Self.name, Self.digest)
    for length in whole.indices {
      #expect(throws: WherryError.self) { try SimpleSigningPayload(json: Array(whole[..<length])) }
    }
  }

  @Test(
    arguments: [
      ("cosign container image signature", "atomic container signature"),
      (#""optional""#, #""other""#), (#""docker-reference""#, #""Docker-Reference""#),
      (#""docker-manifest-digest""#, #""Docker-manifest-digest""#),
      (#""type":"cosign"#, #""more":1,"type":"cosign"#), (#""type":"#, #""type":1,"type":"#),
      (#"{"docker-reference""#, #"{"docker-reference":1,"x""#), ("sha256:", "md5:"),
      ("sha256:ab", "sha256:AB"),
      (#""critical":{"#, #""critical":[{"#), (#""reg.example/team/app""#, "null"),
      (#""identity":{"docker-reference":"reg.example/team/app"}"#, #""identity":{}"#),
      (#""optional":null"#, #""optional":null,"critical":{}"#),
    ] as [(String, String)])
  func payloadThatSaysSomethingElseIsRefused(_ old: String, _ new: String) {
    let text = String(decoding: TestSigner.payload(Self.name, Self.digest), as: UTF8.self)
    #expect(text.contains(old))
    #expect(throws: WherryError.self) {
      try SimpleSigningPayload(json: Array(text.replacingLast(old, new).utf8))
    }
  }

  @Test func payloadThatIsTooLargeOrTooDeepIsRefused() {
    let long = "\"" + String(repeating: "x", count: SimpleSigningPayload.maximumSize) + "\""
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    for optional in [long, deep] {
      #expect(throws: WherryError.self) {
        try SimpleSigningPayload(json: TestSigner.payload(Self.name, Self.digest, optional: optional))
      }
    }
  }

  // MARK: What is accepted

  @Test(
    arguments: [
      (name, digest, "1", nil), ("\(name):1", digest, "1", nil), ("\(name)@\(digest)", digest, "1", nil),
      ("REG.example:443/team/app", digest, "1", nil), ("\(name):2", digest, nil, nil),
      ("\(name):2", digest, "1", ":1"), (name, other, "1", "another image"),
      ("\(name)@\(other)", digest, "1", "not for"), ("reg.example/team/apps", digest, "1", "not for"),
      ("evil.example/team/app", digest, "1", "not for"), ("", digest, "1", "not for"),
      ("reg.example/Team/app", digest, "1", "not for"),
    ] as [(String, String, String?, String?)])
  func identityAndDigestMustBeTheImages(
    _ reference: String, _ signed: String, _ tag: String?, _ objection: String?
  ) async throws {
    let signer = try await TestSigner(try Scratch(), .ed25519)
    let evidence = try await signer.evidence(TestSigner.payload(reference, signed))
    let found = Self.requirement([try signer.key], tag: tag).objection(
      to: evidence, of: try Digest(Self.digest))
    if let objection {
      #expect(found?.contains(objection) == true, "\(found ?? "accepted")")
    } else {
      #expect(found == nil)
    }
  }

  @Test func oneOfSeveralKeysIsEnoughAndAnyChangeIsSeen() async throws {
    let scratch = try Scratch()
    let first = try await TestSigner(scratch, .ecdsa)
    let second = try await TestSigner(scratch, .ed25519, name: "second")
    let digest = try Digest(Self.digest)
    let requirement = Self.requirement([try first.key, try second.key])
    var evidence = try await second.evidence(TestSigner.payload(Self.name, Self.digest))
    #expect(requirement.objection(to: evidence, of: digest) == nil)
    #expect(Self.requirement([try first.key]).objection(to: evidence, of: digest) != nil)
    #expect(Self.requirement([]).objection(to: evidence, of: digest) != nil)
    let good = evidence
    evidence.payload.append(0x20)
    #expect(requirement.objection(to: evidence, of: digest) != nil)
    for signature in ["", "!", good.signature + "\n", String(repeating: "A", count: 2000)] {
      evidence = good
      evidence.signature = signature
      #expect(requirement.objection(to: evidence, of: digest) != nil)
    }
    #expect(SignatureRequirement(texts: requirement.texts) == requirement)
    for count in 0...3 { #expect(SignatureRequirement(texts: Array(requirement.texts.prefix(count))) == nil) }
    #expect(SignatureRequirement(texts: requirement.texts + ["ed25519:x"]) == nil)
  }
}

extension String {
  fileprivate func replacingLast(_ old: String, _ new: String) -> String {
    guard let range = ranges(of: old).last else { return self }
    return replacingCharacters(range, new)
  }

  private func replacingCharacters(_ range: Range<String.Index>, _ new: String) -> String {
    self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}
