import Crypto
import WherryModel
import WherryOCI

/// A public key that signatures are verified with: what `cosign generate-key-pair` makes, or openssl.
enum SignatureKey: Sendable, Equatable {
  /// 65 bytes: the point, uncompressed (SEC 1 section 2.3.3).
  case ecdsaP256([UInt8])
  /// 32 bytes.
  case ed25519([UInt8])

  static let maximumFile = 16 << 10

  /// Before the key itself in a SubjectPublicKeyInfo (RFC 5480, RFC 8410). Both forms have one encoding in DER.
  private static let heads: (p256: [UInt8], ed25519: [UInt8]) = (
    [
      0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
      0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ],
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
  )

  /// One `PUBLIC KEY` in PEM (RFC 7468). Throws `failedPrecondition`, which names the file.
  init(pem bytes: [UInt8], path: String) throws(WherryError) {
    func unusable(_ why: String) -> WherryError {
      WherryError(
        .failedPrecondition, "signature key \(path): \(why)",
        hint: "it wants an ECDSA P-256 or ed25519 public key in PEM, such as cosign.pub")
    }
    let lines = bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d })
      .map { String(decoding: $0, as: UTF8.self).filter { $0 != " " && $0 != "\t" } }
    let begins = lines.filter { $0.hasPrefix("-----BEGIN") }
    guard begins.count == 1 else {
      throw unusable(begins.isEmpty ? "no PEM in it" : "more than one key in it")
    }
    let block = lines.drop { !$0.hasPrefix("-----BEGIN") }
    let body = block.dropFirst().prefix { !$0.hasPrefix("-----") }
    guard begins == ["-----BEGINPUBLICKEY-----"],
      block.dropFirst(body.count + 1).first == "-----ENDPUBLICKEY-----"
    else { throw unusable("no public key in it") }
    guard let der = Base64.decode(body.joined()), let key = Self(der: der) else {
      throw unusable("a public key of another kind, or damaged")
    }
    self = key
  }

  private init?(der: [UInt8]) {
    let heads = Self.heads
    if der.starts(with: heads.p256) {
      self.init(.p256, Array(der.dropFirst(heads.p256.count)))
    } else if der.starts(with: heads.ed25519) {
      self.init(.ed25519, Array(der.dropFirst(heads.ed25519.count)))
    } else {
      return nil
    }
  }

  private enum Kind: String { case p256, ed25519 }

  /// Nil for bytes that are no key: a point that is not on the curve, for one.
  private init?(_ kind: Kind, _ bytes: [UInt8]) {
    do {
      switch kind {
      case .p256:
        guard bytes.count == 65 else { return nil }
        _ = try P256.Signing.PublicKey(x963Representation: bytes)
        self = .ecdsaP256(bytes)
      case .ed25519:
        guard bytes.count == 32 else { return nil }
        _ = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        self = .ed25519(bytes)
      }
    } catch {
      return nil
    }
  }

  /// As it goes to the worker.
  var text: String {
    switch self {
    case .ecdsaP256(let bytes): "p256:\(Base64.encode(bytes))"
    case .ed25519(let bytes): "ed25519:\(Base64.encode(bytes))"
    }
  }

  init?(text: String) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let name = parts.first, let kind = Kind(rawValue: String(name)),
      let bytes = parts.last.flatMap({ Base64.decode(String($0)) })
    else { return nil }
    self.init(kind, bytes)
  }

  /// Whether `signature` is by this key, over SHA-256 of `payload` (ECDSA in DER) or over `payload` itself (ed25519).
  func made(_ signature: [UInt8], over payload: [UInt8]) -> Bool {
    do {
      switch self {
      case .ecdsaP256(let bytes):
        let key = try P256.Signing.PublicKey(x963Representation: bytes)
        return key.isValidSignature(
          try P256.Signing.ECDSASignature(derRepresentation: signature), for: payload)
      case .ed25519(let bytes):
        return try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
          .isValidSignature(signature, for: payload)
      }
    } catch {
      // No signature of this kind.
      return false
    }
  }
}
