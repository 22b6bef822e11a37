/// The media types of images (image-spec media-types.md; distribution's manifest-v2-2.md). An open set.
package struct MediaType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package var rawValue: String

  package init(rawValue: String) {
    self.rawValue = rawValue
  }

  package static let manifest = Self(rawValue: "application/vnd.oci.image.manifest.v1+json")
  package static let index = Self(rawValue: "application/vnd.oci.image.index.v1+json")
  package static let configuration = Self(rawValue: "application/vnd.oci.image.config.v1+json")
  package static let layer = Self(rawValue: "application/vnd.oci.image.layer.v1.tar")
  package static let layerGzip = Self(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")
  package static let layerZstd = Self(rawValue: "application/vnd.oci.image.layer.v1.tar+zstd")

  package static let dockerManifest = Self(
    rawValue: "application/vnd.docker.distribution.manifest.v2+json")
  package static let dockerIndex = Self(
    rawValue: "application/vnd.docker.distribution.manifest.list.v2+json")
  package static let dockerConfiguration = Self(rawValue: "application/vnd.docker.container.image.v1+json")
  package static let dockerLayer = Self(rawValue: "application/vnd.docker.image.rootfs.diff.tar")
  package static let dockerLayerGzip = Self(rawValue: "application/vnd.docker.image.rootfs.diff.tar.gzip")
  package static let dockerLayerZstd = Self(rawValue: "application/vnd.docker.image.rootfs.diff.tar.zstd")

  /// What a registry is asked for, best first.
  package static let manifests: [MediaType] = [.index, .dockerIndex, .manifest, .dockerManifest]

  package var isManifest: Bool { self == .manifest || self == .dockerManifest }
  package var isIndex: Bool { self == .index || self == .dockerIndex }
  package var isConfiguration: Bool { self == .configuration || self == .dockerConfiguration }
  package var isLayer: Bool { compression != nil }

  package enum Compression: Sendable, Equatable {
    case none
    case gzip
    case zstd
  }

  /// Of a layer; nil for all other types. "Non-distributable" and "foreign" layers count as the plain
  /// ones: they are fetched from the same registry, and their `urls` are never followed.
  package var compression: Compression? {
    switch rawValue {
    case Self.layer.rawValue, Self.dockerLayer.rawValue,
      "application/vnd.oci.image.layer.nondistributable.v1.tar",
      "application/vnd.docker.image.rootfs.foreign.diff.tar":
      Compression.none
    case Self.layerGzip.rawValue, Self.dockerLayerGzip.rawValue,
      "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":
      .gzip
    case Self.layerZstd.rawValue, Self.dockerLayerZstd.rawValue,
      "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd":
      .zstd
    default: nil
    }
  }

  package var description: String { rawValue }
}
