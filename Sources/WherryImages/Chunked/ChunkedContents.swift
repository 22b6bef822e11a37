import WherryModel

/// Where the contents of a layer's files are in its blob, in the order of the archive. Names are not needed for that: the
/// tar-split has them, and the digest of the whole archive says whether both belong together.
struct ChunkedContents {
  /// A hundred bytes each, with what is found of them here.
  static let maximumChunks = 100_000

  /// Bytes of the names of files of several chunks.
  static let maximumNames = 4 << 20

  /// One regular file that is not empty.
  struct File {
    var digest: ContentKey
    var size: UInt64
    var chunks: Range<Int>
  }

  struct Chunk {
    /// Of the packed bytes in the blob.
    var range: Range<UInt64>
    var size: UInt64
    var digest: ContentKey
    var isHole: Bool
  }

  var files: [File] = []
  var chunks: [Chunk] = []
  /// Files of more than one chunk, by their name in a tree.
  var splitFiles: [[UInt8]: Int] = [:]
  /// How many bytes these names have.
  var splitNames = 0
  var tarSplit: Digest?
  var size: UInt64 = 0
}

/// A SHA-256 digest in 32 bytes.
struct ContentKey: Hashable, Comparable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var parts: [UInt64] = []
    for byte in bytes.enumerated() {
      if byte.offset % 8 == 0 { parts.append(0) }
      parts[parts.count - 1] = parts[parts.count - 1] << 8 | UInt64(byte.element)
    }
    words = (parts[0], parts[1], parts[2], parts[3])
  }

  /// From `sha256:HEX`.
  init?(text: [UInt8]) {
    guard text.count == 71, text.starts(with: "sha256:".utf8), let bytes = Hex.decode(text.dropFirst(7))
    else {
      return nil
    }
    self.init(bytes)
  }

  static func == (left: Self, right: Self) -> Bool { left.words == right.words }
  static func < (left: Self, right: Self) -> Bool { left.words < right.words }
  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
