package import WherryModel

/// What a document says about a blob it refers to (image-spec descriptor.md).
package struct Descriptor: Hashable, Sendable {
  /// 1 TiB: no blob is that large, and no sum of such sizes overflows.
  package static let maximumSize: UInt64 = 1 << 40

  package var mediaType: MediaType
  package var digest: Digest
  package var size: UInt64
  package var platform: Platform?
  package var annotations: [String: String]
  /// What a manifest that is no image's is of; of entries in a list of referrers.
  package var artifactType: String?

  package init(
    mediaType: MediaType, digest: Digest, size: UInt64, platform: Platform? = nil,
    annotations: [String: String] = [:], artifactType: String? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.platform = platform
    self.annotations = annotations
    self.artifactType = artifactType
  }
}

/// As it stands in JSON; `urls` and embedded `data` are not read, on purpose: bytes come from the
/// registry that was asked and from nowhere else.
struct DescriptorJSON: Codable {
  var mediaType: String?
  var digest: String?
  var size: Int64?
  var platform: PlatformJSON?
  var annotations: [String: String?]?
  var artifactType: String?

  struct PlatformJSON: Codable {
    var os: String?
    var architecture: String?
    var variant: String?
  }

  init(_ descriptor: Descriptor) {
    mediaType = descriptor.mediaType.rawValue
    digest = descriptor.digest.description
    size = Int64(clamping: descriptor.size)
    platform = descriptor.platform.map {
      PlatformJSON(os: $0.os, architecture: $0.architecture, variant: $0.variant)
    }
    annotations = descriptor.annotations.isEmpty ? nil : descriptor.annotations.mapValues(Optional.some)
    artifactType = descriptor.artifactType
  }

  /// `role` names the place in error messages.
  func descriptor(_ role: String) throws(WherryError) -> Descriptor {
    guard let digest else { throw .document("\(role) has no digest") }
    guard let mediaType, !mediaType.isEmpty, mediaType.utf8.count <= 255 else {
      throw .document("\(role) has no media type")
    }
    guard let size, let length = UInt64(exactly: size), length <= Descriptor.maximumSize else {
      throw .document("\(role) \(digest.prefix(80).debugDescription) has no acceptable size")
    }
    let parsed: Digest
    do { parsed = try Digest(digest) } catch { throw .document("\(role): \(error.message)") }
    var place: Platform?
    if let platform, let os = platform.os, let architecture = platform.architecture {
      let variant = platform.variant.flatMap { $0.isEmpty ? nil : $0 }
      place = Platform(os: os, architecture: architecture, variant: variant)
    }
    return Descriptor(
      mediaType: MediaType(rawValue: mediaType), digest: parsed, size: length, platform: place,
      annotations: (annotations ?? [:]).compactMapValues(\.self),
      artifactType: artifactType.flatMap { $0.isEmpty || $0.utf8.count > 255 ? nil : $0 })
  }
}

extension WherryError {
  /// A document from a registry or an archive that breaks its specification.
  static func document(_ message: String, hint: String? = nil) -> WherryError {
    WherryError(.protocolViolation, message, hint: hint)
  }
}
