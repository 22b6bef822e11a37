import WherryCBOR
import WherryLinux
package import WherryModel

/// One durable record in a file of its own: `{1: version, 2: checksum, 3: payload}` in deterministic CBOR, at
/// most 16 MiB. The checksum is the SHA-256 digest of the encoded version followed by the payload, in every
/// version: so a version that is damaged is not taken for a newer one.
package enum RecordFile {
  package static let version: UInt64 = 1
  package static let maximumSize = 16 << 20

  package static func encode(_ payload: [UInt8], version: UInt64 = version) -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(3)
    writer.writeUInt(1)
    writer.writeUInt(version)
    writer.writeUInt(2)
    writer.writeText(checksum(version, payload).description)
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
    guard version > 0, digest == checksum(version, payload).description else { throw damaged(path, nil) }
    guard version <= Self.version else {
      throw WherryError(
        .unsupported, "record \(path) is of version \(version), this Wherry knows \(Self.version)",
        hint: "install the newer Wherry again")
    }
    return payload
  }

  private static func checksum(_ version: UInt64, _ payload: [UInt8]) -> Digest {
    var writer = CBORWriter()
    writer.writeUInt(version)
    return Digest.sha256(of: writer.bytes + payload)
  }

  /// Durable when it returns, unless that is not wanted. Throws `noSpace` and others; the old record is then still
  /// there.
  package static func write(
    _ payload: [UInt8], to path: String, isDurable: Bool = true
  ) throws(WherryError) {
    guard payload.count <= maximumSize - 128 else {
      throw WherryError(.resourceExhausted, "record \(path) of \(payload.count) bytes is too large")
    }
    try WherryError.converting { () throws(SystemError) in
      if isDurable {
        try DurableFile.write(path, encode(payload), mode: 0o600)
      } else {
        try Files.replace(path, encode(payload), mode: 0o600)
      }
    }
  }

  /// The payload; nil where there is no such file.
  package static func read(_ path: String) throws(WherryError) -> [UInt8]? {
    let bytes: [UInt8]
    do {
      bytes = try contents(path)
    } catch {
      if error.isAbsent { return nil }
      if error.isDamage { throw damaged(path, error) }
      throw WherryError(error)
    }
    return try decode(bytes, path: path)
  }

  /// A link, a FIFO or a device in a record's place is damage, and must not make us wait.
  private static func contents(_ path: String) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor.open(path, [.noFollow, .nonBlocking])
    guard try file.status().kind == .regular else { throw .unexpectedKind("read", path) }
    return try file.readAll(maximum: maximumSize)
  }

  private static func damaged(_ path: String, _ cause: (any Error)?) -> WherryError {
    WherryError(.dataLoss, "record \(path) is damaged", cause: cause)
  }
}
