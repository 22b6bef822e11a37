package import WherryModel

/// What a registry must know of a manifest that it keeps: to what it refers, and how others find it. Any manifest is
/// read, whatever it is of: who pulls it judges that.
package struct ManifestSummary: Sendable, Equatable {
  /// As docker's registry and the specification's least ("at least 4 megabytes").
  package static let maximumSize = StrictJSON.maximumSize
  package static let maximumReferences = 4096

  /// Of the document itself; nil where it has none.
  package var mediaType: String?
  /// As listed among referrers: the document's own, else its configuration's media type.
  package var artifactType: String?
  package var subject: Digest?
  package var annotations: [String: String] = [:]
  /// What must be there before it: configuration and layers, except those that come from elsewhere.
  package var blobs: [Digest] = []
  /// What an index lists, and blobs that may be missing here.
  package var others: [Digest] = []

  /// Throws `protocolViolation` for what is no manifest, `unsupported` for Docker's schema 1.
  package init(json bytes: [UInt8]) throws(WherryError) {
    let document = try StrictJSON.decode(SummaryJSON.self, from: bytes, what: "manifest")
    guard document.schemaVersion ?? 2 == 2 else {
      throw WherryError(
        .unsupported, "manifest of schema version \(document.schemaVersion ?? 0)",
        hint: "push the image again as an OCI manifest or a Docker manifest of version 2")
    }
    guard document.manifests == nil || (document.layers == nil && document.config == nil) else {
      throw .document("manifest is ambiguous: it has both manifests and layers")
    }
    let pieces = (document.layers ?? []) + (document.blobs ?? [])
    let listed = document.manifests ?? []
    guard pieces.count + listed.count <= Self.maximumReferences else {
      throw .document("manifest refers to more than \(Self.maximumReferences) others")
    }
    guard
      document.config != nil || document.layers != nil || document.blobs != nil || document.manifests != nil
    else { throw .document("manifest has neither manifests nor layers") }
    mediaType = document.mediaType
    let own = document.artifactType.flatMap { $0.isEmpty ? nil : $0 }
    artifactType = own ?? document.config?.mediaType
    annotations = (document.annotations ?? [:]).compactMapValues(\.self)
    if let subject = document.subject { self.subject = try subject.descriptor("subject").digest }
    if let config = document.config { blobs.append(try config.descriptor("config").digest) }
    for (position, piece) in pieces.enumerated() {
      let descriptor = try piece.descriptor("layer \(position + 1)")
      if Self.isElsewhere(descriptor.mediaType) {
        others.append(descriptor.digest)
      } else {
        blobs.append(descriptor.digest)
      }
    }
    for (position, manifest) in listed.enumerated() {
      others.append(try manifest.descriptor("manifest \(position + 1)").digest)
    }
  }

  /// Layers that are not to be distributed (image-spec layer.md) are not pushed.
  private static func isElsewhere(_ type: MediaType) -> Bool {
    type.rawValue.contains(".nondistributable.") || type.rawValue.contains(".foreign.")
  }
}

private struct SummaryJSON: Decodable {
  var schemaVersion: Int?
  var mediaType: String?
  var artifactType: String?
  var config: DescriptorJSON?
  var layers: [DescriptorJSON]?
  var blobs: [DescriptorJSON]?
  var manifests: [DescriptorJSON]?
  var subject: DescriptorJSON?
  var annotations: [String: String?]?
}
