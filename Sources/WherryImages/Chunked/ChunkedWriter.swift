import WherryLinux
import WherryModel
import WherryOCI

/// Packs a layer's archive as zstd:chunked: each chunk of a file's content is a zstd frame, and behind the last come, as
/// frames that decoders skip, the contents (which file is where, with digests) and the tar-split (what else the archive
/// has), so that whoever has some of the files can fetch the rest. Memory is bounded by the number of chunks and entries, not
/// by the size of the archive. Used by one thread.
final class ChunkedWriter {
  private struct Chunk {
    var offset: UInt64
    var start: UInt64
    var size: UInt64 = 0
    var digest = DigestingSink()
    var isHole = false
  }

  private struct File {
    var metadata: TarMetadata
    var left: UInt64
    var splitter = ContentSplitter()
    var digest = DigestingSink()
    var sum = CRC64()
    var begin: UInt64
    var chunks: [(offset: UInt64, start: UInt64, size: UInt64, digest: Digest, isHole: Bool)] = []
    var open: Chunk?
  }

  private static let zeros = [UInt8](repeating: 0, count: 64 << 10)
  private static let segment = 1 << 20

  private let output: (UnsafeRawBufferPointer) throws -> Void
  private let position: Position
  private let content: ZstdFrames
  private let contents: ListWriter
  private let tarSplit: ListWriter
  private var scanner = TarScanner()
  private var literal: [UInt8] = []
  private var items = 0
  private var entries = 0
  private var chunks = 0
  private var names: Set<Int> = []
  private var file: File?
  private var failure: (any Error)?

  private final class Position { var count: UInt64 = 0 }

  /// `staging` is a folder for what must wait until all files are out.
  init(staging: String, output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    let position = Position()
    self.position = position
    self.output = { bytes in
      position.count += UInt64(clamping: bytes.count)
      try output(bytes)
    }
    content = try ZstdFrames(.content, output: self.output)
    contents = try ListWriter("\(staging)/contents")
    tarSplit = try ListWriter("\(staging)/tar-split")
    try contents.write(Array("{\"version\":1,\"entries\":[".utf8))
  }

  /// The next bytes of the archive. Throws `unsupported` for one that cannot be packed so.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    scanner.take(bytes) { part in
      guard failure == nil else { return }
      do { try take(part) } catch { failure = error }
    }
    if let failure { throw failure }
    // An entry's headers must be in one item; what follows the archive's end need not.
    if scanner.isAtTail, literal.count >= Self.segment { try endSegment() }
    guard !scanner.isLost, literal.count <= 4 * Self.segment else {
      throw TarMetadata.refusal("its archive is of an unusual dialect")
    }
  }

  private func take(_ part: TarScanner.Part) throws {
    switch part {
    case .literal(let bytes):
      literal += bytes
      try bytes.withUnsafeBytes { try content.write($0) }
    case .entry(let headers): try begin(try TarMetadata(headers))
    case .content: break
    case .data(let bytes): try take(bytes)
    }
  }

  private func begin(_ metadata: TarMetadata) throws {
    guard names.insert(Self.clean(metadata.name).hashValue).inserted else {
      throw TarMetadata.refusal("it has a name twice")
    }
    try endSegment()
    guard metadata.size > 0 else {
      try list(metadata.name, 0, sum: nil)
      try list(metadata, [])
      return
    }
    try content.endFrame()
    file = File(metadata: metadata, left: metadata.size, begin: position.count)
  }

  // MARK: - Content

  private func take(_ bytes: UnsafeRawBufferPointer) throws {
    guard var file else { throw WherryError(.internal, "content without an entry") }
    self.file = nil
    file.digest.update(bytes)
    file.sum.update(bytes)
    file.left -= min(file.left, UInt64(clamping: bytes.count))
    var splitter = file.splitter
    try splitter.take(bytes) { try take($0, &file) }
    if file.left == 0 {
      try splitter.finish { try take($0, &file) }
      try finish(file)
      return
    }
    file.splitter = splitter
    self.file = file
  }

  private func take(_ part: ContentSplitter.Part, _ file: inout File) throws {
    switch part {
    case .data(let bytes): try put(bytes, &file, isHole: false)
    case .zeros(let count):
      var left = count
      while left > 0 {
        let part = min(left, UInt64(Self.zeros.count))
        try Self.zeros.withUnsafeBytes {
          try put(UnsafeRawBufferPointer(rebasing: $0[..<Int(clamping: part)]), &file, isHole: true)
        }
        left -= part
      }
    case .end:
      guard let chunk = file.open else { return }
      file.open = nil
      chunks += 1
      // More than any reader takes: content that ends a chunk at every byte, or a very large layer.
      guard chunks <= ChunkedContents.maximumChunks else {
        throw TarMetadata.refusal("it has too many chunks")
      }
      try content.endFrame()
      file.chunks.append(
        (chunk.offset, chunk.start, chunk.size, try chunk.digest.digest(), chunk.isHole))
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, _ file: inout File, isHole: Bool) throws {
    if file.open == nil {
      let start = file.chunks.last.map { $0.start + $0.size } ?? 0
      file.open = Chunk(offset: position.count, start: start, isHole: isHole)
    }
    file.open?.size += UInt64(clamping: bytes.count)
    file.open?.digest.update(bytes)
    try content.write(bytes)
  }

  private func finish(_ file: File) throws {
    try list(file.metadata.name, file.metadata.size, sum: file.sum.finish())
    var rest: [UInt8] = []
    JSONText.append("digest", try file.digest.digest().description.utf8, to: &rest)
    JSONText.append("offset", file.begin, to: &rest)
    JSONText.append("endOffset", position.count, to: &rest)
    guard file.chunks.count > 1, let first = file.chunks.first else {
      try list(file.metadata, rest)
      return
    }
    try list(file.metadata, rest + Self.json(first, withOffset: false))
    for chunk in file.chunks.dropFirst() {
      var bytes = Array(",{\"type\":\"chunk\",\"name\":".utf8)
      JSONText.append(string: file.metadata.name, to: &bytes)
      try contents.write(bytes + Self.json(chunk, withOffset: true) + [UInt8(ascii: "}")])
    }
  }

  private static func json(
    _ chunk: (offset: UInt64, start: UInt64, size: UInt64, digest: Digest, isHole: Bool), withOffset: Bool
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    if withOffset { JSONText.append("offset", chunk.offset, to: &bytes) }
    JSONText.append("chunkSize", chunk.size, to: &bytes)
    JSONText.append("chunkOffset", chunk.start, to: &bytes)
    JSONText.append("chunkDigest", chunk.digest.description.utf8, to: &bytes)
    if chunk.isHole { JSONText.append("chunkType", "zeros".utf8, to: &bytes) }
    return bytes
  }

  // MARK: - Lists

  private func list(_ metadata: TarMetadata, _ rest: [UInt8]) throws {
    try contents.write(
      (entries > 0 ? [UInt8(ascii: ",")] : []) + metadata.json + rest + [UInt8(ascii: "}")])
    entries += 1
  }

  /// An item of the tar-split: here is the content of a file.
  private func list(_ name: [UInt8], _ size: UInt64, sum: [UInt8]?) throws {
    var bytes = Array("{\"type\":1".utf8)
    JSONText.append("name", name, to: &bytes)
    JSONText.append("size", size, to: &bytes)
    bytes += (sum.map { ",\"payload\":\"\(Base64.encode($0))\"" } ?? ",\"payload\":null").utf8
    try endItem(bytes)
  }

  /// And here is something else.
  private func endSegment() throws {
    guard !literal.isEmpty else { return }
    try endItem(Array("{\"type\":2,\"payload\":\"\(Base64.encode(literal))\"".utf8))
    literal.removeAll(keepingCapacity: true)
  }

  private func endItem(_ bytes: [UInt8]) throws {
    try tarSplit.write(bytes + ",\"position\":\(items)}\n".utf8)
    items += 1
  }

  /// After the archive's last byte.
  func finish() throws -> ChunkedPositions {
    guard file == nil else { throw TarMetadata.refusal("its archive ends early") }
    try endSegment()
    try content.endFrame()
    let split = try tarSplit.finish()
    try contents.write(Array("],\"tarSplitDigest\":\"\(split.digest)\"}".utf8))
    let list = try contents.finish()
    let listPart = try append(list)
    let splitPart = try append(split)
    let positions = ChunkedPositions(digest: list.digest, contents: listPart, tarSplit: splitPart)
    let footer = positions.footer
    try (SkippableFrame.head(UInt64(footer.count)) + footer).withUnsafeBytes { try output($0) }
    return positions
  }

  private func append(_ list: ListWriter.Finished) throws -> ChunkedPositions.Part {
    guard list.file.count <= ChunkedPositions.maximumPacked, list.unpacked <= ChunkedPositions.maximumUnpacked
    else { throw TarMetadata.refusal("it has too many files") }
    try SkippableFrame.head(list.file.count).withUnsafeBytes { try output($0) }
    let part = ChunkedPositions.Part(
      offset: position.count, length: list.file.count, unpacked: list.unpacked)
    try list.file.source().forEach { try output($0) }
    return part
  }

  /// As both lists compare names.
  private static func clean(_ name: [UInt8]) -> [UInt8] {
    let dot = UInt8(ascii: ".")
    let parts = name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([dot]) }
    return Array(parts.joined(separator: [UInt8(ascii: "/")]))
  }
}

/// A list that is packed into a file while it grows.
private final class ListWriter {
  struct Finished {
    var file: SpoolFile
    /// Of what is in the file.
    var digest: Digest
    var unpacked: UInt64
  }

  private let file: SpoolFile
  private let frames: ZstdFrames
  private let sum = DigestingSink()
  private var unpacked: UInt64 = 0

  init(_ path: String) throws {
    let (file, sum) = (try SpoolFile(path), sum)
    self.file = file
    frames = try ZstdFrames(.list) { bytes in
      sum.update(bytes)
      try file.append(bytes)
    }
  }

  func write(_ bytes: [UInt8]) throws {
    unpacked += UInt64(clamping: bytes.count)
    try frames.write(bytes)
  }

  func finish() throws -> Finished {
    try frames.endFrame()
    return Finished(file: file, digest: try sum.digest(), unpacked: unpacked)
  }
}
