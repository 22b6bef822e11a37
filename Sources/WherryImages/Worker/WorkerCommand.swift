import WherryCBOR

/// What the daemon tells a worker after its job. The answer to `resolved` is `plan`; then one `extract` or
/// `skip` for each layer of the plan, in order; then `finish`.
enum WorkerCommand: Sendable, Equatable {
  /// Positions of the layers that are missing now, ascending: they may be fetched ahead.
  case plan([UInt64])
  /// Unpack the layer into `tree`, over `lowers` (the lowest first).
  case extract(layer: UInt64, tree: String, lowers: [String])
  /// Unpack only the files at `paths`, each followed by a NUL, of the layer whose damaged tree is the highest of
  /// `lowers`.
  case mend(layer: UInt64, tree: String, lowers: [String], paths: [UInt8])
  /// Another pull brought it meanwhile.
  case skip(layer: UInt64)
  case finish
  /// How large the archive of the layer in that folder is, and the archive itself, to descriptor 3.
  case measure(String)
  case stream(String)
  /// The manifest, then the configuration, of the image to push; then the folders of its layers.
  case give([UInt8])
  case upload([String])
}

extension WorkerCommand: CBORCodable {
  func encode(to writer: inout CBORWriter) {
    switch self {
    case .plan(let layers):
      writer.writeArrayHeader(2)
      writer.writeUInt(0)
      writer.writeArrayHeader(layers.count)
      for layer in layers { writer.writeUInt(layer) }
    case .extract(let layer, let tree, let lowers):
      writer.writeArrayHeader(4)
      writer.writeUInt(1)
      writer.writeUInt(layer)
      writer.writeText(tree)
      writer.writeArrayHeader(lowers.count)
      for lower in lowers { writer.writeText(lower) }
    case .skip(let layer):
      writer.writeArrayHeader(2)
      writer.writeUInt(2)
      writer.writeUInt(layer)
    case .finish:
      writer.writeArrayHeader(1)
      writer.writeUInt(3)
    case .measure(let folder):
      writer.writeArrayHeader(2)
      writer.writeUInt(4)
      writer.writeText(folder)
    case .stream(let folder):
      writer.writeArrayHeader(2)
      writer.writeUInt(5)
      writer.writeText(folder)
    case .give(let bytes):
      writer.writeArrayHeader(2)
      writer.writeUInt(6)
      writer.writeBytes(bytes)
    case .upload(let folders):
      writer.writeArrayHeader(2)
      writer.writeUInt(7)
      writer.writeArrayHeader(folders.count)
      for folder in folders { writer.writeText(folder) }
    case .mend(let layer, let tree, let lowers, let paths):
      writer.writeArrayHeader(5)
      writer.writeUInt(8)
      writer.writeUInt(layer)
      writer.writeText(tree)
      writer.writeArrayHeader(lowers.count)
      for lower in lowers { writer.writeText(lower) }
      writer.writeBytes(paths)
    }
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    let count = try reader.readArrayHeader()
    switch (try reader.readUInt(), count) {
    case (0, 2):
      var layers: [UInt64] = []
      for _ in 0..<(try reader.readArrayHeader()) { layers.append(try reader.readUInt()) }
      reader.endContainer()
      self = .plan(layers)
    case (1, 4):
      let layer = try reader.readUInt()
      let tree = try reader.readText()
      var lowers: [String] = []
      for _ in 0..<(try reader.readArrayHeader()) { lowers.append(try reader.readText()) }
      reader.endContainer()
      self = .extract(layer: layer, tree: tree, lowers: lowers)
    case (8, 5):
      let layer = try reader.readUInt()
      let tree = try reader.readText()
      var lowers: [String] = []
      for _ in 0..<(try reader.readArrayHeader()) { lowers.append(try reader.readText()) }
      reader.endContainer()
      self = .mend(layer: layer, tree: tree, lowers: lowers, paths: try reader.readBytes())
    case (2, 2): self = .skip(layer: try reader.readUInt())
    case (3, 1): self = .finish
    case (4, 2): self = .measure(try reader.readText())
    case (5, 2): self = .stream(try reader.readText())
    case (6, 2): self = .give(try reader.readBytes())
    case (7, 2):
      var folders: [String] = []
      for _ in 0..<(try reader.readArrayHeader()) { folders.append(try reader.readText()) }
      reader.endContainer()
      self = .upload(folders)
    default: throw CBORError(.malformed, offset: reader.offset)
    }
    reader.endContainer()
  }
}
