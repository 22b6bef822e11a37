package import WherryModel

/// One image for one platform (image-spec manifest.md): its configuration and layers, lowest first.
package struct Manifest: Sendable, Equatable {
  /// As Docker's layer store and overlay's mount options allow.
  package static let maximumLayers = 127

  package var mediaType: MediaType
  package var configuration: Descriptor
  package var layers: [Descriptor]
  package var annotations: [String: String]

  package init(
    mediaType: MediaType = .manifest, configuration: Descriptor, layers: [Descriptor],
    annotations: [String: String] = [:]
  ) {
    self.mediaType = mediaType
    self.configuration = configuration
    self.layers = layers
    self.annotations = annotations
  }

  /// Reads a stored or fetched manifest. Throws `protocolViolation`.
  package init(json bytes: [UInt8], contentType: MediaType? = nil) throws(WherryError) {
    guard case .manifest(let manifest) = try ManifestDocument(json: bytes, contentType: contentType) else {
      throw .document("expected an image manifest, found an image index")
    }
    self = manifest
  }

  package func json() throws(WherryError) -> [UInt8] {
    try StrictJSON.encode(
      ManifestJSON(
        schemaVersion: 2, mediaType: mediaType.rawValue, config: DescriptorJSON(configuration),
        layers: layers.map(DescriptorJSON.init), annotations: annotations.isEmpty ? nil : annotations))
  }
}

private struct ManifestJSON: Encodable {
  var schemaVersion: Int
  var mediaType: String
  var config: DescriptorJSON
  var layers: [DescriptorJSON]
  var annotations: [String: String]?
}
