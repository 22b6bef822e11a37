package import WherryModel

/// What a registry answers to a request for a manifest: one of two things, and never both.
///
/// A document with the parts of both kinds, or whose kind its media type or the Content-Type denies,
/// is refused (CVE-2021-41190).
package enum ManifestDocument: Sendable, Equatable {
  case manifest(Manifest)
  case index(Index)

  /// `contentType` is what the transport or the descriptor that led here said. Throws `protocolViolation`,
  /// `unsupported` for Docker's schema 1.
  package init(json bytes: [UInt8], contentType: MediaType?) throws(WherryError) {
    let document = try StrictJSON.decode(DocumentJSON.self, from: bytes, what: "manifest")
    guard document.schemaVersion == 2, document.fsLayers == nil else {
      throw WherryError(
        .unsupported, "manifest of schema version \(document.schemaVersion ?? 0)",
        hint: "only OCI manifests and Docker manifests of version 2 are supported; push the image again")
    }
    let isIndex = document.manifests != nil
    guard isIndex != (document.layers != nil || document.config != nil) else {
      throw .document(
        isIndex
          ? "manifest is ambiguous: it has both manifests and layers"
          : "manifest has neither manifests nor layers")
    }
    let declared = document.mediaType.map(MediaType.init(rawValue:))
    let type = try Self.agreed(declared, contentType, isIndex: isIndex)
    self = isIndex ? .index(try document.index(type)) : .manifest(try document.manifest(type))
  }

  package var mediaType: MediaType {
    switch self {
    case .manifest(let manifest): manifest.mediaType
    case .index(let index): index.mediaType
    }
  }

  private static func agreed(
    _ declared: MediaType?, _ contentType: MediaType?, isIndex: Bool
  ) throws(WherryError) -> MediaType {
    let known: (MediaType) -> Bool = { isIndex ? $0.isIndex : $0.isManifest }
    if let declared, !known(declared) {
      throw .document("manifest says it is \(declared.rawValue.prefix(120).debugDescription), and is not")
    }
    if let contentType, contentType.isIndex || contentType.isManifest {
      guard known(contentType), declared == nil || declared == contentType else {
        throw .document("manifest was announced as \(contentType), and is not")
      }
      return contentType
    }
    return declared ?? (isIndex ? .index : .manifest)
  }
}

private struct DocumentJSON: Decodable {
  var schemaVersion: Int?
  var mediaType: String?
  var config: DescriptorJSON?
  var layers: [DescriptorJSON]?
  var manifests: [DescriptorJSON]?
  var annotations: [String: String?]?
  var fsLayers: [Ignored]?

  struct Ignored: Decodable {}

  func manifest(_ type: MediaType) throws(WherryError) -> Manifest {
    guard let config, let layers else { throw .document("manifest lacks its config or its layers") }
    guard layers.count <= Manifest.maximumLayers else {
      throw .document("manifest has \(layers.count) layers, more than \(Manifest.maximumLayers)")
    }
    var parsed: [Descriptor] = []
    for (position, layer) in layers.enumerated() {
      parsed.append(try layer.descriptor("layer \(position + 1)"))
    }
    return Manifest(
      mediaType: type, configuration: try config.descriptor("config"), layers: parsed,
      annotations: (annotations ?? [:]).compactMapValues(\.self))
  }

  func index(_ type: MediaType) throws(WherryError) -> Index {
    guard let manifests, manifests.count <= Index.maximumManifests else {
      throw .document("index has more than \(Index.maximumManifests) manifests")
    }
    var parsed: [Descriptor] = []
    for (position, manifest) in manifests.enumerated() {
      parsed.append(try manifest.descriptor("manifest \(position + 1)"))
    }
    return Index(mediaType: type, manifests: parsed)
  }
}
