import WherryCBOR

/// What a worker tells the daemon, which trusts none of it.
enum WorkerEvent: Sendable, Equatable {
  enum DocumentKind: UInt64, Sendable {
    /// What the reference names: an index, or the manifest itself.
    case named = 0
    /// The platform's manifest, where `named` is an index.
    case manifest = 1
    case configuration = 2
    /// What a signature of `named` signs; the content type is the signature itself, in base64.
    case signature = 3
    /// A list of what refers to `named`: from the registry's API,
    case referrers = 4
    /// or from the tag that stands in for it.
    case taggedReferrers = 5
  }

  /// The job was read; how the worker is confined.
  case started(ConfinementReport)
  case document(DocumentKind, contentType: String, bytes: [UInt8])
  /// All documents are out; the worker waits for the plan.
  case resolved
  case progress(layer: UInt64, phase: UInt64, current: UInt64, message: String)
  case unpacked(UnpackedLayer)
  case failed(code: UInt64, message: String, hint: String)
  /// An image of an archive follows, with these names; without any at the end.
  case image(names: [String])
  case pushed(manifest: [UInt8], uploaded: UInt64, unchanged: Bool)
}

struct UnpackedLayer: Sendable, Equatable {
  var layer: UInt64
  var diffID: String
  /// Of the uncompressed archive.
  var archiveBytes: UInt64
  /// Bytes in files.
  var fileBytes: UInt64
  /// Paths of opaque folders, each followed by a NUL.
  var opaque: [UInt8]
}

extension WorkerEvent: CBORCodable {
  func encode(to writer: inout CBORWriter) {
    switch self {
    case .started(let report):
      writer.writeArrayHeader(4)
      writer.writeUInt(0)
      writer.writeUInt(report.landlock)
      writer.writeUInt(report.capabilities)
      writer.writeBool(report.noNewPrivileges)
    case .document(let kind, let contentType, let bytes):
      writer.writeArrayHeader(4)
      writer.writeUInt(1)
      writer.writeUInt(kind.rawValue)
      writer.writeText(contentType)
      writer.writeBytes(bytes)
    case .resolved:
      writer.writeArrayHeader(1)
      writer.writeUInt(2)
    case .progress(let layer, let phase, let current, let message):
      writer.writeArrayHeader(5)
      writer.writeUInt(3)
      writer.writeUInt(layer)
      writer.writeUInt(phase)
      writer.writeUInt(current)
      writer.writeText(message)
    case .unpacked(let layer):
      writer.writeArrayHeader(6)
      writer.writeUInt(4)
      writer.writeUInt(layer.layer)
      writer.writeText(layer.diffID)
      writer.writeUInt(layer.archiveBytes)
      writer.writeUInt(layer.fileBytes)
      writer.writeBytes(layer.opaque)
    case .failed(let code, let message, let hint):
      writer.writeArrayHeader(4)
      writer.writeUInt(5)
      writer.writeUInt(code)
      writer.writeText(message)
      writer.writeText(hint)
    case .image(let names):
      writer.writeArrayHeader(2)
      writer.writeUInt(6)
      writer.writeArrayHeader(names.count)
      for name in names { writer.writeText(name) }
    case .pushed(let manifest, let uploaded, let unchanged):
      writer.writeArrayHeader(4)
      writer.writeUInt(7)
      writer.writeBytes(manifest)
      writer.writeUInt(uploaded)
      writer.writeBool(unchanged)
    }
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    let count = try reader.readArrayHeader()
    switch (try reader.readUInt(), count) {
    case (0, 4):
      self = .started(
        ConfinementReport(
          landlock: try reader.readUInt(), capabilities: try reader.readUInt(),
          noNewPrivileges: try reader.readBool()))
    case (1, 4):
      guard let kind = DocumentKind(rawValue: try reader.readUInt()) else {
        throw CBORError(.malformed, offset: reader.offset)
      }
      self = .document(kind, contentType: try reader.readText(), bytes: try reader.readBytes())
    case (2, 1): self = .resolved
    case (3, 5):
      self = .progress(
        layer: try reader.readUInt(), phase: try reader.readUInt(), current: try reader.readUInt(),
        message: try reader.readText())
    case (4, 6):
      self = .unpacked(
        UnpackedLayer(
          layer: try reader.readUInt(), diffID: try reader.readText(), archiveBytes: try reader.readUInt(),
          fileBytes: try reader.readUInt(), opaque: try reader.readBytes()))
    case (5, 4):
      self = .failed(code: try reader.readUInt(), message: try reader.readText(), hint: try reader.readText())
    case (6, 2):
      var names: [String] = []
      for _ in 0..<(try reader.readArrayHeader()) { names.append(try reader.readText()) }
      reader.endContainer()
      self = .image(names: names)
    case (7, 4):
      self = .pushed(
        manifest: try reader.readBytes(), uploaded: try reader.readUInt(), unchanged: try reader.readBool())
    default: throw CBORError(.malformed, offset: reader.offset)
    }
    reader.endContainer()
  }
}
