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

  package init(id: Digest, diffID: Digest, blob: Digest?, size: UInt64, added: Timestamp) {
    self.id = id
    self.diffID = diffID
    self.blob = blob
    self.size = size
    self.added = added
  }

  func encode() -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(blob == nil ? 4 : 5)
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
    return writer.bytes
  }

  init(decoding payload: [UInt8]) throws(WherryError) {
    self = try FieldReader.decode(payload, what: "layer record") { (fields) throws in
      LayerRecord(
        id: try fields.digest(1), diffID: try fields.digest(2), blob: try fields.optionalDigest(3),
        size: try fields.uint(4), added: Timestamp(nanoseconds: try fields.uint(5)))
    }
  }
}
