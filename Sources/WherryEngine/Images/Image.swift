package import WherryModel
package import WherryOCI

/// An image on this device.
package struct Image: Sendable, Equatable {
  /// Digest of its configuration.
  package var id: Digest
  package var configuration: ImageConfiguration
  /// Tags.
  package var references: [Reference]
  /// `name@digest` it was pulled as.
  package var digests: [Reference]
  /// The layer store's IDs, lowest first.
  package var layers: [Digest]
  /// When it came into the store.
  package var added: Timestamp
  /// Bytes on disk of its layers.
  package var size: UInt64
  /// No clean-up removes it. Of an image that was found by a tag alone this is not looked up.
  package var isPinned = false

  package init(
    id: Digest, configuration: ImageConfiguration, references: [Reference] = [], digests: [Reference] = [],
    layers: [Digest]? = nil, added: Timestamp = Timestamp(nanoseconds: 0), size: UInt64 = 0
  ) {
    self.id = id
    self.configuration = configuration
    self.references = references
    self.digests = digests
    self.layers = layers ?? configuration.layerIDs
    self.added = added
    self.size = size
  }

  package var names: [Reference] { references + digests }
  package var created: Timestamp { configuration.created ?? added }
}

/// Finds an image by what a user wrote: a name, an ID, or a unique prefix of one. A name wins over a prefix.
package enum ImageLookup {
  package enum Match: Sendable, Equatable {
    case name(Reference)
    case id
  }

  /// Nil where there is none. Throws `invalidArgument` for text that is no name, and for an ambiguous prefix.
  package static func find(_ text: String, in images: [Image]) throws(WherryError) -> (
    image: Image, by: Match
  )? {
    guard !text.isEmpty else { throw WherryError(.invalidArgument, "the image's name or ID is empty") }
    let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
    if hex.utf8.count == 64, Hex.isLowercase(hex) {
      return images.first { $0.id.hex == hex }.map { ($0, .id) }
    }
    let isPrefix = (1...63).contains(hex.utf8.count) && Hex.isLowercase(hex)
    var refusal: WherryError?
    if !text.hasPrefix("sha256:") {
      do {
        let reference = try Reference(text)
        if let image = images.first(where: { has($0, reference) }) { return (image, .name(reference)) }
      } catch {
        refusal = error
      }
    }
    if isPrefix {
      let matches = images.filter { $0.id.hex.hasPrefix(hex) }
      if matches.count > 1 {
        throw WherryError(
          .invalidArgument, "image ID prefix \(text) is ambiguous: \(matches.count) images have it",
          hint: "give more digits of the ID")
      }
      return matches.first.map { ($0, .id) }
    }
    if let refusal { throw refusal }
    return nil
  }

  /// A digest counts only under the name it was pulled as: another image that happens to have it is another image.
  static func has(_ image: Image, _ reference: Reference) -> Bool {
    if let digest = reference.digest {
      return image.digests.contains { $0.name == reference.name && $0.digest == digest }
    }
    return image.references.contains(reference)
  }

  package static func notFound(_ text: String) -> WherryError {
    WherryError(
      .notFound, "No such image: \(Printable.text(text))",
      hint: "wherry images lists them; wherry pull fetches one")
  }
}
