package import WherryModel

/// Several manifests for different platforms (image-spec image-index.md; Docker: manifest list).
package struct Index: Sendable, Equatable {
  package static let maximumManifests = 1024

  package var mediaType: MediaType
  package var manifests: [Descriptor]

  package init(mediaType: MediaType = .index, manifests: [Descriptor]) {
    self.mediaType = mediaType
    self.manifests = manifests
  }

  /// Reads a stored or fetched index. Throws `protocolViolation`.
  package init(json bytes: [UInt8], contentType: MediaType? = nil) throws(WherryError) {
    guard case .index(let index) = try ManifestDocument(json: bytes, contentType: contentType) else {
      throw .document("expected an image index, found an image manifest")
    }
    self = index
  }

  /// The best manifest for `platform`: the exact variant, else the closest older one the same
  /// machine runs. An only manifest that names no platform is taken. Nil where none fits.
  package func manifest(for platform: Platform) -> Descriptor? {
    let images = manifests.filter { $0.mediaType.isManifest || $0.mediaType.isIndex }
    for wanted in platform.runnable {
      if let found = images.first(where: { $0.platform.map(\.normalized) == wanted }) { return found }
    }
    if images.count == 1, let only = images.first, only.platform == nil { return only }
    return nil
  }

  package func json() throws(WherryError) -> [UInt8] {
    try StrictJSON.encode(
      IndexJSON(
        schemaVersion: 2, mediaType: mediaType.rawValue, manifests: manifests.map(DescriptorJSON.init)))
  }
}

private struct IndexJSON: Encodable {
  var schemaVersion: Int
  var mediaType: String
  var manifests: [DescriptorJSON]
}
