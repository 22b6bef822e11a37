import WherryLinux
import WherryModel
import WherryOCI

@testable import WherryImages

/// A key made by openssl, which signs as cosign does.
struct TestSigner: Sendable {
  enum Kind: String, CaseIterable {
    case ecdsa = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    case ed25519 = "genpkey -algorithm ed25519"
    case p384 = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"
    case rsa = "genpkey -algorithm RSA"
  }

  /// Never used, but its folder goes with it.
  nonisolated(unsafe) private let scratch: Scratch
  let folder: String
  let kind: Kind
  let pem: [UInt8]

  init(_ scratch: Scratch, _ kind: Kind = .ecdsa, name: String = "key") async throws {
    folder = "\(scratch.path)/lower/\(name)"
    self.kind = kind
    self.scratch = scratch
    try Files.makeDirectories(folder)
    _ = try await shell("openssl \(kind.rawValue) -out \(folder)/key 2>/dev/null")
    pem = try await shell("openssl pkey -in \(folder)/key -pubout -outform PEM")
    try Files.write(publicKey, pem)
  }

  var publicKey: String { "\(folder)/key.pub" }
  var key: SignatureKey { get throws { try SignatureKey(pem: pem, path: publicKey) } }

  func sign(_ payload: [UInt8]) async throws -> [UInt8] {
    try Files.write("\(folder)/payload", payload)
    return try await shell(
      kind == .ed25519
        ? "openssl pkeyutl -sign -rawin -inkey \(folder)/key -in \(folder)/payload"
        : "openssl dgst -sha256 -sign \(folder)/key \(folder)/payload")
  }

  func evidence(_ payload: [UInt8]) async throws -> SignatureEvidence {
    SignatureEvidence(payload: payload, signature: Base64.encode(try await sign(payload)))
  }

  /// As cosign writes it.
  static func payload(_ reference: String, _ digest: String, optional: String = "null") -> [UInt8] {
    Array(
      (#"{"critical":{"identity":{"docker-reference":"\#(reference)"},"#
        + #""image":{"docker-manifest-digest":"\#(digest)"},"type":"cosign container image signature"},"#
        + #""optional":\#(optional)}"#).utf8)
  }
}
