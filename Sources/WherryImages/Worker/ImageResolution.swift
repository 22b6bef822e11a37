import WherryModel
import WherryOCI

/// An image's documents, fetched and checked.
struct ResolvedImage: Sendable {
  var manifest: Manifest
  var configuration: ImageConfiguration
  var documents: [WorkerEvent]
}

/// From a reference to the platform's manifest and configuration.
struct ImageResolution: Sendable {
  var client: RegistryClient
  var platform: Platform
  /// Where the policy wants a signature.
  var signatures: SignatureSearch?

  func resolve(_ reference: Reference) async throws -> ResolvedImage {
    let named = try await client.manifest(reference)
    var events = [Self.event(.named, named)]
    if let signatures {
      let found = try await signatures.find(for: reference, named.digest)
      events.append(.document(.signature, contentType: found.signature, bytes: found.payload))
    }
    let manifest: Manifest
    switch try ManifestDocument(json: named.bytes, contentType: named.contentType) {
    case .manifest(let only): manifest = only
    case .index(let index):
      let found = try await client.manifest(try ImageChecks.choose(index, platform, reference))
      manifest = try Manifest(json: found.bytes, contentType: found.contentType)
      events.append(Self.event(.manifest, found))
    }
    try ImageChecks.check(manifest, reference)
    let found = try await client.configuration(manifest.configuration)
    let configuration = try ImageConfiguration(json: found.bytes)
    try ImageChecks.check(configuration, of: manifest, platform: platform, reference)
    events.append(Self.event(.configuration, found))
    return ResolvedImage(manifest: manifest, configuration: configuration, documents: events)
  }

  private static func event(
    _ kind: WorkerEvent.DocumentKind, _ document: RegistryClient.Document
  ) -> WorkerEvent {
    .document(kind, contentType: document.contentType?.rawValue ?? "", bytes: document.bytes)
  }
}

/// Done twice: by the worker before it fetches more, by the daemon because it does not trust the worker.
enum ImageChecks {
  static func choose(
    _ index: Index, _ platform: Platform, _ reference: Reference
  ) throws(WherryError) -> Descriptor {
    guard let chosen = index.manifest(for: platform) else {
      let offered = Set(index.manifests.compactMap { $0.platform?.normalized.description }).sorted()
      throw WherryError(
        .notFound, "image \(reference.familiar) is not available for \(platform.normalized)",
        hint: offered.isEmpty ? nil : "it is for \(offered.prefix(20).joined(separator: ", "))")
    }
    guard chosen.mediaType.isManifest else {
      throw WherryError(.unsupported, "image \(reference.familiar) has an index inside its index")
    }
    guard chosen.digest.algorithm == .sha256 else { throw onlySHA256(reference) }
    return chosen
  }

  static func check(_ manifest: Manifest, _ reference: Reference) throws(WherryError) {
    guard manifest.configuration.mediaType.isConfiguration else {
      throw WherryError(
        .unsupported,
        "\(reference.familiar) is not a container image: its configuration is "
          + String(manifest.configuration.mediaType.rawValue.prefix(100)).debugDescription)
    }
    guard manifest.configuration.digest.algorithm == .sha256 else { throw onlySHA256(reference) }
    for layer in manifest.layers where !layer.mediaType.isLayer {
      throw WherryError(
        .unsupported,
        "layer \(layer.digest) is of the type \(String(layer.mediaType.rawValue.prefix(100)).debugDescription)"
      )
    }
  }

  static func check(
    _ configuration: ImageConfiguration, of manifest: Manifest, platform: Platform, _ reference: Reference
  ) throws(WherryError) {
    guard configuration.diffIDs.count == manifest.layers.count else {
      throw WherryError(
        .protocolViolation,
        "image \(reference.familiar) has \(manifest.layers.count) layers and "
          + "\(configuration.diffIDs.count) diff IDs")
    }
    guard configuration.diffIDs.allSatisfy({ $0.algorithm == .sha256 }) else { throw onlySHA256(reference) }
    let (is_, wanted) = (configuration.platform.normalized, platform.normalized)
    guard is_.os == wanted.os, is_.architecture == wanted.architecture else {
      throw WherryError(
        .notFound, "image \(reference.familiar) is for \(is_), not for \(wanted)",
        hint: "choose another tag, or ask for its platform with --platform \(is_)")
    }
  }

  /// The store knows images and layers by SHA-256. Blobs of layers may have other digests.
  private static func onlySHA256(_ reference: Reference) -> WherryError {
    WherryError(.unsupported, "image \(reference.familiar) has digests of other kinds than sha256")
  }
}
