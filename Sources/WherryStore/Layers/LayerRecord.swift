import WherryCBOR
package import WherryModel

/// A layer's commit record: the layer exists when this does.
package struct LayerRecord: Sendable, Hashable {
  /// What the store knows the layer by: its chain ID (image-spec config.md, "Layer ChainID").
  package var id: Digest
  /// Digest of the uncompressed archive.
  package var diffID: Digest
  /// Digest of the blob as the registry has it, where it came from one.
  package var blob: Digest?
  /// Bytes the layer's files take.
  package var size: UInt64
  package var added: Timestamp
  /// Digests of what is kept beside the tree: the list of files, the headers of its archive, and the opaque folders;
  /// nil where there is no such file, and in layers that older Wherrys committed.
  package var files: Digest?
  package var skeleton: Digest?
  package var opaque: Digest?

  package init(id: Digest, diffID: Digest, blob: Digest?, size: UInt64, added: Timestamp) {
    self.id = id
    self.diffID = diffID
    self.blob = blob
    self.size = size
    self.added = added
  }

  func encode() -> [UInt8] {
    let kept: [(key: UInt64, digest: Digest?)] = [(6, files), (7, skeleton), (8, opaque)]
    var writer = CBORWriter()
    writer.writeMapHeader(4 + (blob == nil ? 0 : 1) + kept.count { $0.digest != nil })
    writer.writeUInt(1)
    writer.writeText(id.description)
    writer.writeUInt(2)
    writer.writeText(diffID.description)
    if let blob {
      writer.writeUInt(3)
      writer.writeText(blob.description)
    }
    writer.writeUInt(4)
    writer.writeUInt(size)
    writer.writeUInt(5)
    writer.writeUInt(added.nanoseconds)
    for (key, digest) in kept {
      guard let digest else { continue }
      writer.writeUInt(key)
      writer.writeText(digest.description)
    }
    return writer.bytes
  }

  init(decoding payload: [UInt8]) throws(WherryError) {
    self = try FieldReader.decode(payload, what: "layer record") { (fields) throws in
      var record = LayerRecord(
        id: try fields.digest(1), diffID: try fields.digest(2), blob: try fields.optionalDigest(3),
        size: try fields.uint(4), added: Timestamp(nanoseconds: try fields.uint(5)))
      record.files = try fields.optionalDigest(6)
      record.skeleton = try fields.optionalDigest(7)
      record.opaque = try fields.optionalDigest(8)
      return record
    }
  }
}
