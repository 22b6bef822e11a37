import WherryModel
import WherryOCI

/// What cosign signs (cosign's SIGNATURE_SPEC.md, "Simple Signing"; containers-signature(5)). Read only after its
/// signature has been verified, and strictly all the same: what is critical and not understood is refused.
struct SimpleSigningPayload: Sendable, Equatable {
  static let mediaType = MediaType(rawValue: "application/vnd.dev.cosign.simplesigning.v1+json")
  static let type = "cosign container image signature"
  static let maximumSize = 64 << 10

  /// The image's name, as the signer knows it.
  var reference: String
  var digest: Digest

  /// Throws `protocolViolation`, `resourceExhausted` for more than `maximumSize`.
  init(json: [UInt8]) throws(WherryError) {
    let what = "signature payload"
    try StrictJSON.validate(json, what: what, guarding: .signature, maximumSize: Self.maximumSize)
    let document = try StrictJSON.decode(
      JSONValue.self, from: json, what: what, guarding: .signature, maximumSize: Self.maximumSize)
    // `optional` may say anything, null, or be missing.
    let top = try Self.object(document, ["critical"], others: ["optional"])
    let critical = try Self.object(top["critical"], ["identity", "image", "type"])
    let image = try Self.object(critical["image"], ["docker-manifest-digest"])
    let identity = try Self.object(critical["identity"], ["docker-reference"])
    guard critical["type"]?.string == Self.type else {
      throw Self.refused("its type is not \(Self.type.debugDescription)")
    }
    guard let digest = image["docker-manifest-digest"]?.string,
      let reference = identity["docker-reference"]?.string
    else { throw Self.refused("digest and name must be texts") }
    do throws(WherryError) {
      self.digest = try Digest(digest)
    } catch {
      throw Self.refused(error.message)
    }
    self.reference = reference
  }

  private static func object(
    _ value: JSONValue?, _ required: Set<String>, others: Set<String> = []
  ) throws(WherryError) -> [String: JSONValue] {
    guard let object = value?.object else { throw refused("not an object where one is needed") }
    let keys = Set(object.keys)
    guard keys.isSuperset(of: required), keys.subtracting(required).isSubset(of: others) else {
      let wrong = keys.symmetricDifference(required).subtracting(others).sorted().first ?? ""
      throw refused("unexpected or missing: \(String(wrong.prefix(80)).debugDescription)")
    }
    return object
  }

  private static func refused(_ why: String) -> WherryError {
    WherryError(.protocolViolation, "signature payload: \(why)")
  }
}
