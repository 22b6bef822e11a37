import WherryModel
import WherryOCI

/// Looks for a signature that satisfies the policy: where cosign puts them, and among the referrers.
struct SignatureSearch: Sendable {
  /// Of manifests that refer to an image, and of a manifest without this type its configuration's media type.
  static let artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json"
  static let annotation = "dev.cosignproject.cosign/signature"
  /// How many signatures are looked at, in all, and how many manifests among the referrers.
  static let maximumSignatures = 64
  static let maximumManifests = 16

  var requirement: SignatureRequirement
  /// Those who may have it, in this order: a mirror has the image, and often not what was added later.
  var clients: [RegistryClient]

  /// Throws `permissionDenied` where there is none, `unavailable` where one may be and could not be had.
  func find(for reference: Reference, _ digest: Digest) async throws -> SignatureEvidence {
    var search = Search(requirement: requirement, digest: digest)
    for client in clients {
      if let found = try await search.look(client) { return found }
    }
    if let failure = search.failure {
      throw WherryError(
        .unavailable, "image \(reference.familiar): its signature could not be fetched: \(failure.message)",
        hint: failure.hint, cause: failure)
    }
    throw requirement.refusal(of: reference, search.reasons)
  }
}

/// One image's search, under way.
private struct Search {
  let requirement: SignatureRequirement
  let digest: Digest
  /// Why each signature that was found does not count, without repetitions.
  var reasons: [String] = []
  /// What may go better another time.
  var failure: WherryError?
  /// The registry that is asked now has not answered once.
  private var isSilent = false
  private var left = SignatureSearch.maximumSignatures
  private var payloads: [Digest: [UInt8]] = [:]

  init(requirement: SignatureRequirement, digest: Digest) {
    self.requirement = requirement
    self.digest = digest
  }

  /// cosign's tag first, for every registry has tags.
  mutating func look(_ client: RegistryClient) async throws -> SignatureEvidence? {
    isSilent = false
    let tag = "\(digest.algorithm.rawValue)-\(digest.hex).sig"
    let tagged = try await attempt {
      try await client.document("manifests/\(tag)", accept: [.manifest, .dockerManifest], digest: nil)
    }
    if let tagged, let found = try await read(tagged, client) { return found }
    let (digest, type) = (digest, SignatureSearch.artifactType)
    let list = try await attempt { try await client.referrers(of: digest, artifactType: type) }
    for descriptor in (list?.manifests ?? []).prefix(SignatureSearch.maximumManifests)
    where descriptor.mediaType.isManifest && !isSilent {
      let manifest = try await attempt { try await client.manifest(descriptor) }
      if let manifest, let found = try await read(manifest, client) { return found }
    }
    return nil
  }

  private mutating func read(
    _ document: RegistryClient.Document, _ client: RegistryClient
  ) async throws -> SignatureEvidence? {
    let manifest: Manifest
    do throws(WherryError) {
      manifest = try Manifest(json: document.bytes, contentType: document.contentType)
    } catch {
      note("its signatures' manifest cannot be read (\(error.message))")
      return nil
    }
    // A registry that does not answer is asked no more: there are others, and an end.
    for layer in manifest.layers where layer.mediaType == SimpleSigningPayload.mediaType && !isSilent {
      guard left > 0 else {
        note("only the first \(SignatureSearch.maximumSignatures) were looked at")
        return nil
      }
      left -= 1
      if let found = try await check(layer, client) { return found }
    }
    return nil
  }

  private mutating func check(
    _ layer: Descriptor, _ client: RegistryClient
  ) async throws -> SignatureEvidence? {
    guard let signature = layer.annotations[SignatureSearch.annotation] else {
      note("a payload is there, its signature is not")
      return nil
    }
    guard layer.size <= UInt64(SimpleSigningPayload.maximumSize) else {
      note("a signature is too large")
      return nil
    }
    guard let payload = try await payload(layer.digest, client) else { return nil }
    let evidence = SignatureEvidence(payload: payload, signature: signature)
    guard let objection = requirement.objection(to: evidence, of: digest) else { return evidence }
    note("a signature " + objection)
    return nil
  }

  /// Several signatures have the same payload as a rule.
  private mutating func payload(_ blob: Digest, _ client: RegistryClient) async throws -> [UInt8]? {
    if let known = payloads[blob] { return known }
    let found = try await attempt {
      try await client.document(
        "blobs/\(blob)", accept: [], digest: blob, maximum: SimpleSigningPayload.maximumSize)
    }
    payloads[blob] = found?.bytes
    return found?.bytes
  }

  /// What is not there is no failure; what fails for another reason is told, and no reason to take the image. The task's
  /// cancellation goes through.
  private mutating func attempt<Value>(_ body: () async throws -> Value) async throws -> Value? {
    do {
      return try await body()
    } catch let error as WherryError {
      switch error.code {
      case .notFound: break
      case .unavailable, .deadlineExceeded:
        isSilent = true
        failure = failure ?? error
      default: note("a signature could not be fetched (\(error.message))")
      }
      return nil
    }
  }

  private mutating func note(_ reason: String) {
    if !reasons.contains(reason) { reasons.append(reason) }
  }
}
