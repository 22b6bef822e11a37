import WherryCBOR

/// What a worker is started for: the first message it reads.
struct FetchJob: Sendable, Equatable {
  enum Kind: UInt64, Sendable {
    case pull = 0
    case importing = 1
  }

  var kind: Kind
  /// Canonical; empty for import.
  var reference = ""
  var platform = ""
  /// The only folder the worker may write below.
  var staging: String
  /// Readable: the trees of layers that exist.
  var layers: String
  var insecure: [String] = []
  var certificateAuthority: String?
  /// `user:password` in base64, for this registry.
  var credential: String?
  var registry = RegistryLimits()
  var extraction = ExtractionLimits()
}

extension FetchJob: CBORCodable {
  func encode(to writer: inout CBORWriter) {
    writer.writeArrayHeader(18)
    writer.writeUInt(kind.rawValue)
    writer.writeText(reference)
    writer.writeText(platform)
    writer.writeText(staging)
    writer.writeText(layers)
    writer.writeArrayHeader(insecure.count)
    for host in insecure { writer.writeText(host) }
    writer.writeText(certificateAuthority ?? "")
    writer.writeText(credential ?? "")
    writer.writeUInt(UInt64(clamping: registry.idle.wholeNanoseconds / 1_000_000))
    writer.writeUInt(UInt64(clamping: registry.firstPause.wholeNanoseconds / 1_000_000))
    writer.writeUInt(UInt64(clamping: registry.attempts))
    writer.writeUInt(UInt64(clamping: registry.trickleBytes))
    writer.writeUInt(extraction.archiveBytes)
    writer.writeUInt(extraction.ratio)
    writer.writeUInt(extraction.ratioFloor)
    writer.writeUInt(extraction.fileBytes)
    writer.writeUInt(UInt64(clamping: extraction.entries))
    writer.writeUInt(extraction.reservedBytes)
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.readArrayHeader() == 18, let kind = Kind(rawValue: try reader.readUInt()) else {
      throw CBORError(.malformed, offset: reader.offset)
    }
    self.kind = kind
    reference = try reader.readText()
    platform = try reader.readText()
    staging = try reader.readText()
    layers = try reader.readText()
    for _ in 0..<(try reader.readArrayHeader()) { insecure.append(try reader.readText()) }
    reader.endContainer()
    let authority = try reader.readText()
    certificateAuthority = authority.isEmpty ? nil : authority
    let secret = try reader.readText()
    credential = secret.isEmpty ? nil : secret
    registry.idle = .milliseconds(Int64(clamping: try reader.readUInt()))
    registry.firstPause = .milliseconds(Int64(clamping: try reader.readUInt()))
    registry.attempts = Int(clamping: try reader.readUInt())
    registry.trickleBytes = Int(clamping: try reader.readUInt())
    extraction.archiveBytes = try reader.readUInt()
    extraction.ratio = max(1, try reader.readUInt())
    extraction.ratioFloor = try reader.readUInt()
    extraction.fileBytes = try reader.readUInt()
    extraction.entries = Int(clamping: try reader.readUInt())
    extraction.reservedBytes = try reader.readUInt()
    reader.endContainer()
  }
}
