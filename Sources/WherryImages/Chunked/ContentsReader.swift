import WherryModel

/// Reads the contents of a zstd:chunked layer. Everything in them is somebody else's word: sizes must add up, and parts
/// of the blob must be in it and follow each other.
struct ContentsReader {
  /// Packed parts of files are before this position of the blob.
  let end: UInt64
  let limits: ExtractionLimits
  let what: String

  private struct Entry {
    var type: [UInt8] = []
    var name: [UInt8] = []
    var size: UInt64 = 0
    var digest: ContentKey?
    var offset: UInt64 = 0
    var endOffset: UInt64 = 0
    var chunkSize: UInt64 = 0
    var chunkOffset: UInt64 = 0
    var chunkDigest: ContentKey?
    var isHole = false
  }

  /// `source` has the unpacked JSON. Throws `protocolViolation`, and `resourceExhausted` for too much of anything.
  func read(_ source: any ByteSource) throws -> ChunkedContents {
    let tokens = JSONTokens(source, maximumString: 256 << 10, what: "contents of \(what)")
    guard try tokens.next() == .beginObject else { throw tokens.damaged("they are no object") }
    var contents = ChunkedContents()
    var hasVersion = false
    while let token = try tokens.next(), token != .endObject {
      switch token.text.map({ String(decoding: $0, as: UTF8.self) }) {
      case "version":
        hasVersion = try tokens.next()?.natural == 1
      case "entries": try readEntries(tokens, &contents)
      case "tarSplitDigest":
        guard let text = try tokens.next()?.text else { throw tokens.damaged("they have no digest") }
        contents.tarSplit = try Digest(String(decoding: text, as: UTF8.self))
      default: try tokens.skip()
      }
    }
    guard hasVersion, try tokens.next() == nil else { throw tokens.damaged("they are of another version") }
    return contents
  }

  private func readEntries(_ tokens: JSONTokens, _ contents: inout ChunkedContents) throws {
    guard try tokens.next() == .beginArray, contents.files.isEmpty else {
      throw tokens.damaged("they have no list of entries")
    }
    var count = 0
    var parts: [Entry] = []
    while let token = try tokens.next(), token != .endArray {
      guard token == .beginObject else { throw tokens.damaged("an entry is no object") }
      count += 1
      guard count <= 2 * limits.entries else { throw exhausted("entries") }
      var entry = try readEntry(tokens)
      guard entry.name.count <= limits.pathBytes else { throw exhausted("bytes in a name") }
      if entry.type.elementsEqual("chunk".utf8) {
        // Its file's; a hundred thousand of them would be too much to keep.
        (entry.name, entry.type) = ([], [])
        guard !parts.isEmpty, parts.count < ChunkedContents.maximumChunks else {
          throw tokens.damaged("a chunk belongs to no file")
        }
        parts.append(entry)
        continue
      }
      try finish(parts, tokens, &contents)
      parts = entry.type.elementsEqual("reg".utf8) && entry.size > 0 ? [entry] : []
    }
    try finish(parts, tokens, &contents)
  }

  private func readEntry(_ tokens: JSONTokens) throws -> Entry {
    var entry = Entry()
    while let token = try tokens.next(), token != .endObject {
      guard let key = token.text else { throw tokens.damaged("an entry has no name for a value") }
      switch String(decoding: key, as: UTF8.self) {
      case "type": entry.type = try text(tokens)
      case "name": entry.name = try text(tokens)
      case "size": entry.size = try natural(tokens)
      case "digest": entry.digest = ContentKey(text: try text(tokens))
      case "offset": entry.offset = try natural(tokens)
      case "endOffset": entry.endOffset = try natural(tokens)
      case "chunkSize": entry.chunkSize = try natural(tokens)
      case "chunkOffset": entry.chunkOffset = try natural(tokens)
      case "chunkDigest": entry.chunkDigest = ContentKey(text: try text(tokens))
      case "chunkType":
        let type = try text(tokens)
        entry.isHole = type.elementsEqual("zeros".utf8)
        guard entry.isHole || type.isEmpty else { throw tokens.damaged("a chunk is of an unknown type") }
      default: try tokens.skip()
      }
    }
    return entry
  }

  private func text(_ tokens: JSONTokens) throws -> [UInt8] {
    guard let text = try tokens.next()?.text else { throw tokens.damaged("a text is something else") }
    return text
  }

  /// As the archive's numbers are: no file is larger, and sums do not overflow.
  private func natural(_ tokens: JSONTokens) throws -> UInt64 {
    guard let value = try tokens.next()?.natural, value <= 1 << 48 else {
      throw tokens.damaged("a number is out of range")
    }
    return value
  }

  /// `parts` are the entries of one file.
  private func finish(_ parts: [Entry], _ tokens: JSONTokens, _ contents: inout ChunkedContents) throws {
    guard let file = parts.first else { return }
    guard let digest = file.digest, file.size <= limits.fileSize else {
      throw tokens.damaged("a file has no digest or an impossible size")
    }
    let firstChunk = contents.chunks.count
    var position: UInt64 = 0
    for (index, part) in parts.enumerated() {
      let next = index + 1 < parts.count ? parts[index + 1].offset : file.endOffset
      guard part.chunkOffset == position, part.offset < next, next <= end else {
        throw tokens.damaged("a chunk is not where it can be")
      }
      let rest = file.size - position
      let size = parts.count == 1 || part.chunkSize == 0 ? rest : part.chunkSize
      guard size > 0, size <= rest, let key = parts.count == 1 ? digest : part.chunkDigest else {
        throw tokens.damaged("a chunk has no digest or an impossible size")
      }
      contents.chunks.append(
        ChunkedContents.Chunk(range: part.offset..<next, size: size, digest: key, isHole: part.isHole))
      position += size
    }
    guard position == file.size else { throw tokens.damaged("a file's chunks are not all of it") }
    let (sum, overflow) = contents.size.addingReportingOverflow(file.size)
    guard !overflow, sum <= limits.archiveBytes else { throw exhausted("bytes") }
    contents.size = sum
    contents.files.append(
      ChunkedContents.File(digest: digest, size: file.size, chunks: firstChunk..<contents.chunks.count))
    guard contents.chunks.count <= ChunkedContents.maximumChunks else { throw exhausted("chunks") }
    // Only a hint of where to look.
    if parts.count > 1, contents.splitNames + file.name.count <= ChunkedContents.maximumNames {
      contents.splitNames += file.name.count
      contents.splitFiles[Self.path(file.name)] = contents.files.count - 1
    }
  }

  /// A name of an archive as a path in a tree, where it is a plain one.
  private static func path(_ name: [UInt8]) -> [UInt8] {
    let dot = UInt8(ascii: ".")
    let parts = name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([dot]) }
    return Array(parts.joined(separator: [UInt8(ascii: "/")]))
  }

  private func exhausted(_ of: String) -> WherryError {
    WherryError(.resourceExhausted, "contents of \(what): they have too many \(of)")
  }
}
