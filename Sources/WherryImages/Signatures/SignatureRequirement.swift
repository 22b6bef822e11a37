import WherryModel
import WherryOCI

/// A signature as a registry has it.
struct SignatureEvidence: Sendable, Equatable {
  var payload: [UInt8]
  /// Base64.
  var signature: String
}

/// What the policy wants of one image. Checked by the worker, which looks for the signature, and by the daemon, which
/// does not trust the worker.
struct SignatureRequirement: Sendable, Equatable {
  /// Of a text in base64.
  static let maximumSignature = 1024

  /// Of the policy's rule, for messages.
  var prefix: String
  /// Without tag and digest: what signatures must name.
  var repository: String
  /// What was asked for; nil where that was a digest alone.
  var tag: String?
  /// One of them is enough.
  var keys: [SignatureKey]

  /// Why `evidence` does not speak for the image whose manifest or index has `digest`; nil where it does.
  func objection(to evidence: SignatureEvidence, of digest: Digest) -> String? {
    guard evidence.payload.count <= SimpleSigningPayload.maximumSize,
      evidence.signature.utf8.count <= Self.maximumSignature
    else { return "is too large" }
    guard let signature = Base64.decode(evidence.signature) else { return "is not in base64" }
    // Nothing of the payload is read before it is known to be the signer's.
    guard keys.contains(where: { $0.made(signature, over: evidence.payload) }) else {
      return "was not made with a key of the policy, or its payload was changed"
    }
    let payload: SimpleSigningPayload
    do throws(WherryError) {
      payload = try SimpleSigningPayload(json: evidence.payload)
    } catch {
      return "cannot be read (\(error.message))"
    }
    guard payload.digest == digest else { return "is of another image, \(payload.digest)" }
    return objection(toName: payload.reference, of: digest)
  }

  /// As containers/image's matchRepoDigestOrExact, but a signature without a tag is for all of them: cosign signs so.
  private func objection(toName text: String, of digest: Digest) -> String? {
    let other = "is for \(String(text.prefix(200)).debugDescription), not for \(repository)"
    do throws(WherryError) {
      let named = try Reference(text, defaultTag: nil)
      guard SignatureRule.repository(named) == repository else { return other }
      if let signed = named.tag, let tag, signed != tag { return other + ":\(tag)" }
      if let signed = named.digest, signed != digest { return other + "@\(digest)" }
      return nil
    } catch {
      return other
    }
  }

  /// `reasons` is what was found instead. Throws nothing: it is the error.
  func refusal(of reference: Reference, _ reasons: [String]) -> WherryError {
    let found =
      reasons.isEmpty
      ? "it has no signature, and the signature policy for \(prefix) requires one"
      : "no signature satisfies the signature policy for \(prefix): "
        + reasons.prefix(3).joined(separator: "; ")
    return WherryError(
      .permissionDenied, "image \(reference.familiar) refused: \(found)",
      hint: "sign it, by cosign sign --key KEY \(repository)@DIGEST for one, or change "
        + "\"signatures\" in /etc/wherry/daemon.json")
  }
}

extension SignatureRequirement {
  /// As it goes to the worker.
  var texts: [String] { [prefix, repository, tag ?? ""] + keys.map(\.text) }

  /// Nil for texts that `texts` cannot give.
  init?(texts: [String]) {
    var rest = texts[...]
    guard let prefix = rest.popFirst(), let repository = rest.popFirst(), let tag = rest.popFirst() else {
      return nil
    }
    let keys = rest.compactMap(SignatureKey.init(text:))
    guard !keys.isEmpty, keys.count == rest.count else { return nil }
    self.init(prefix: prefix, repository: repository, tag: tag.isEmpty ? nil : tag, keys: keys)
  }
}
