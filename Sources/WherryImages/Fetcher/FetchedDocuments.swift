import WherryModel
import WherryOCI
import WherryStore

/// The documents a worker delivered, verified again: every digest from the reference down.
struct FetchedDocuments: Sendable {
  var named: (bytes: [UInt8], digest: Digest)
  var manifestBytes: (bytes: [UInt8], digest: Digest)
  var manifest: Manifest
  var configuration: ImageConfiguration
  var configurationBytes: [UInt8]
  /// The layer store's.
  var layerIDs: [Digest]

  /// The image's ID.
  var id: Digest { manifest.configuration.digest }

  /// `requirement` is the signature policy's.
  init(
    _ events: [WorkerEvent], reference: Reference, platform: Platform,
    requirement: SignatureRequirement? = nil
  ) throws(WherryError) {
    var parts: [WorkerEvent.DocumentKind: (type: MediaType?, bytes: [UInt8])] = [:]
    for case .document(let kind, let type, let bytes) in events {
      parts[kind] = (type.isEmpty ? nil : MediaType(rawValue: type), bytes)
    }
    guard let first = parts[.named], let configurationPart = parts[.configuration] else {
      throw WherryError(.protocolViolation, "fetch worker delivered no image")
    }
    named = (first.bytes, Digest.sha256(of: first.bytes))
    guard reference.digest == nil || reference.digest == named.digest else {
      throw WherryError(.dataLoss, "\(reference.familiar): the manifest has the digest \(named.digest)")
    }
    if let requirement {
      try Self.check(parts[.signature], requirement, named.digest, reference)
    }
    switch try ManifestDocument(json: first.bytes, contentType: first.type) {
    case .manifest(let only):
      manifest = only
      manifestBytes = named
    case .index(let index):
      let chosen = try ImageChecks.choose(index, platform, reference)
      guard let second = parts[.manifest], chosen.digest.matches(second.bytes) else {
        throw WherryError(.dataLoss, "\(chosen.digest): the manifest has another digest")
      }
      manifest = try Manifest(json: second.bytes, contentType: chosen.mediaType)
      manifestBytes = (second.bytes, chosen.digest)
    }
    try ImageChecks.check(manifest, reference)
    guard manifest.configuration.digest.matches(configurationPart.bytes) else {
      throw WherryError(.dataLoss, "\(manifest.configuration.digest): the configuration has another digest")
    }
    configurationBytes = configurationPart.bytes
    configuration = try ImageConfiguration(json: configurationPart.bytes)
    try ImageChecks.check(configuration, of: manifest, platform: platform, reference)
    layerIDs = configuration.layerIDs
    guard layerIDs.count == manifest.layers.count else {
      throw WherryError(.protocolViolation, "image \(reference.familiar) has unusable layers")
    }
  }
  private static func check(
    _ part: (type: MediaType?, bytes: [UInt8])?, _ requirement: SignatureRequirement, _ digest: Digest,
    _ reference: Reference
  ) throws(WherryError) {
    guard let part, let signature = part.type?.rawValue else { throw requirement.refusal(of: reference, []) }
    let evidence = SignatureEvidence(payload: part.bytes, signature: signature)
    if let objection = requirement.objection(to: evidence, of: digest) {
      throw requirement.refusal(of: reference, [objection])
    }
  }
}
