import WherryCBOR
import WherryLinux
package import WherryModel

/// One durable record in a file of its own: `{1: version, 2: SHA-256 of the payload, 3: payload}` in
/// deterministic CBOR, at most 16 MiB.
package enum RecordFile {
  package static let version: UInt64 = 1
  package static let maximumSize = 16 << 20

  package static func encode(_ payload: [UInt8]) -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(3)
    writer.writeUInt(1)
    writer.writeUInt(version)
    writer.writeUInt(2)
    writer.writeText(Digest.sha256(of: payload).description)
    writer.writeUInt(3)
    writer.writeBytes(payload)
    return writer.bytes
  }

  /// Throws `dataLoss` for a damaged record and `unsupported` for one of a newer Wherry.
  package static func decode(_ bytes: [UInt8], path: String) throws(WherryError) -> [UInt8] {
    let version: UInt64
    let digest: String
    let payload: [UInt8]
    do {
      var limits = CBORLimits()
      limits.maximumString = maximumSize
      var reader = CBORReader(bytes, limits: limits)
      guard try reader.readMapHeader() == 3, try reader.readUInt() == 1 else { throw damaged(path, nil) }
      version = try reader.readUInt()
      if version > Self.version {
        throw WherryError(
          .unsupported, "record \(path) is of version \(version), this Wherry knows \(Self.version)",
          hint: "install the newer Wherry again")
      }
      guard try reader.readUInt() == 2 else { throw damaged(path, nil) }
      digest = try reader.readText()
      guard try reader.readUInt() == 3 else { throw damaged(path, nil) }
      payload = try reader.readBytes()
      reader.endContainer()
      try reader.requireEnd()
    } catch let error as WherryError {
      throw error
    } catch {
      throw damaged(path, error)
    }
    guard digest == Digest.sha256(of: payload).description else { throw damaged(path, nil) }
    return payload
  }

  /// Durable when it returns. Throws `noSpace` and others; the old record is then still there.
  package static func write(_ payload: [UInt8], to path: String) throws(WherryError) {
    guard payload.count <= maximumSize - 128 else {
      throw WherryError(.resourceExhausted, "record \(path) of \(payload.count) bytes is too large")
    }
    try WherryError.converting { () throws(SystemError) in
      try DurableFile.write(path, encode(payload), mode: 0o600)
    }
  }

  /// The payload; nil where there is no such file.
  package static func read(_ path: String) throws(WherryError) -> [UInt8]? {
    let bytes: [UInt8]?
    do {
      bytes = try Files.readIfPresent(path, maximum: maximumSize)
    } catch {
      if error.isTooLarge { throw damaged(path, error) }
      throw WherryError(error)
    }
    guard let bytes else { return nil }
    return try decode(bytes, path: path)
  }

  private static func damaged(_ path: String, _ cause: (any Error)?) -> WherryError {
    WherryError(.dataLoss, "record \(path) is damaged", cause: cause)
  }
}
