import WherryCBOR
package import WherryModel

/// An image in the store. It is visible when this record is: everything it names was durable before.
package struct ImageRecord: Sendable, Hashable {
  /// Digest of the configuration.
  package var id: Digest
  /// Digest of the image manifest (not of an index).
  package var manifest: Digest
  /// The layer store's IDs, lowest first.
  package var layers: [Digest]
  /// When it came into the store.
  package var added: Timestamp

  package init(id: Digest, manifest: Digest, layers: [Digest], added: Timestamp) {
    self.id = id
    self.manifest = manifest
    self.layers = layers
    self.added = added
  }

  func encode() -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(4)
    writer.writeUInt(1)
    writer.writeText(id.description)
    writer.writeUInt(2)
    writer.writeText(manifest.description)
    writer.writeUInt(3)
    writer.writeArrayHeader(layers.count)
    for layer in layers { writer.writeText(layer.description) }
    writer.writeUInt(4)
    writer.writeUInt(added.nanoseconds)
    return writer.bytes
  }

  init(decoding payload: [UInt8]) throws(WherryError) {
    self = try FieldReader.decode(payload, what: "image record") { (fields) throws in
      ImageRecord(
        id: try fields.digest(1), manifest: try fields.digest(2), layers: try fields.digests(3),
        added: Timestamp(nanoseconds: try fields.uint(4)))
    }
  }
}

/// A reference that names an image.
package struct ImageName: Sendable, Hashable {
  /// Canonical: `docker.io/library/alpine:3`, or `…@sha256:…` for an image pulled by digest.
  package var reference: String
  package var image: Digest
  /// Digest of the manifest or index that the registry gave for the reference.
  package var digest: Digest

  package init(reference: String, image: Digest, digest: Digest) {
    self.reference = reference
    self.image = image
    self.digest = digest
  }

  func encode() -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(3)
    writer.writeUInt(1)
    writer.writeText(reference)
    writer.writeUInt(2)
    writer.writeText(image.description)
    writer.writeUInt(3)
    writer.writeText(digest.description)
    return writer.bytes
  }

  init(decoding payload: [UInt8]) throws(WherryError) {
    self = try FieldReader.decode(payload, what: "image name") { (fields) throws in
      ImageName(
        reference: try fields.text(1), image: try fields.digest(2), digest: try fields.digest(3))
    }
  }
}
