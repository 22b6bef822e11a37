import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryImages

/// A layer's archive as zstd:chunked, and back.
@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct ChunkedTests {
  static let big = ContentSplitterTests.content(5, 400_000)
  static let archive = tar {
    $0.folder("etc")
    $0.file("etc/a \"quoted\"\n", "content")
    $0.file("etc/empty", "")
    $0.link("etc/link", to: "a")
    $0.add(.file, "big", content: big)
    $0.hardLink("hard", to: "big")
    $0.add(.file, "short", content: Array("long".utf8)) {
      $0.pax = [
        ("path", Array("folder/\(String(repeating: "n", count: 200))".utf8)), ("mtime", Array("1.25".utf8)),
        ("SCHILY.xattr.user.x", [0, 255, 10]),
      ]
    }
    $0.add(.file, "zeros", content: [UInt8](repeating: 0, count: 5000))
  }

  struct Packed {
    var blob: [UInt8]
    var positions: ChunkedPositions
  }

  static func pack(_ archive: [UInt8], step: Int = 1000) throws -> Packed {
    let scratch = try Scratch()
    var blob: [UInt8] = []
    let writer = try ChunkedWriter(staging: scratch.path) { blob += $0 }
    for start in stride(from: 0, to: archive.count, by: step) {
      try archive[start..<min(start + step, archive.count)].withUnsafeBytes { try writer.write($0) }
    }
    let positions = try writer.finish()
    return Packed(blob: blob, positions: positions)
  }

  static func bytes(_ source: any ByteSource) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try source.forEach { bytes += $0 }
    return bytes
  }

  static func contents(_ packed: Packed) throws -> ChunkedContents {
    try ContentsReader(end: packed.positions.contents.offset, limits: ExtractionLimits(), what: "layer")
      .read(try part(packed, packed.positions.contents))
  }

  static func part(_ packed: Packed, _ part: ChunkedPositions.Part) throws -> any ByteSource {
    let range = Int(part.range.lowerBound)..<Int(part.range.upperBound)
    return try ZstdSource(MemorySource(Array(packed.blob[range])), what: "list")
  }

  /// The archive again, with what is in the layers of `folder`; and how many bytes of the blob that took.
  static func rebuild(_ packed: Packed, _ folder: String) throws -> (archive: [UInt8], fetched: Int) {
    let contents = try contents(packed)
    let local = try LocalContents(contents, in: folder)
    let ranges = try #require(
      RangePlan.merge(contents.missing(file: local.has(file:), chunk: local.has(chunk:)), gap: 0))
    let sent = ranges.flatMap { packed.blob[Int($0.lowerBound)..<Int($0.upperBound)] }
    let rebuilt = try RebuiltArchive(
      contents, local, tarSplit: try part(packed, packed.positions.tarSplit),
      ranges: RangeReader(MemorySource(sent), ranges), what: "layer"
    ) { _ in }
    return (try bytes(rebuilt), sent.count)
  }

  @Test(arguments: [61, 777, 1 << 20]) func archiveComesBackHoweverItIsRead(_ step: Int) throws {
    let packed = try Self.pack(Self.archive, step: step)
    #expect(
      try Self.bytes(try DecompressingSource(MemorySource(packed.blob), what: "blob")) == Self.archive)
    let scratch = try Scratch()
    #expect(try Self.rebuild(packed, scratch.tree).archive == Self.archive)
  }

  @Test func archiveThatIsCutOffIsRefused() throws {
    #expect(throws: WherryError.self) { try Self.pack(Array(Self.archive.prefix(4096))) }
  }

  /// The rolling sum stays where it ends a chunk.
  @Test func contentOfAChunkAByteIsRefused() throws {
    let period = [UInt8](repeating: 129, count: 62) + [32, 226]
    let content = Array(repeatElement(period, count: 2000).joined())
    let archive = tar { $0.add(.file, "odd", content: content) }
    #expect { try Self.pack(archive) } throws: {
      ($0 as? WherryError)?.message.contains("too many chunks") ?? false
    }
  }

  @Test func sameArchiveGivesTheSameBlob() throws {
    #expect(try Self.pack(Self.archive, step: 512).blob == Self.pack(Self.archive, step: 100_000).blob)
  }

  @Test func contentsSayWhatIsInTheArchive() throws {
    let contents = try Self.contents(try Self.pack(Self.archive))
    #expect(contents.files.count == 4)
    #expect(contents.size == UInt64(Self.big.count + 7 + 4 + 5000))
    let pieces = ContentSplitterTests.reference(Self.big)
    #expect(contents.chunks.count == pieces.count + 3)
    #expect(contents.chunks.count(where: \.isHole) == pieces.count(where: \.isHole))
    #expect(contents.splitFiles == [Array("big".utf8): 1])
    #expect(contents.chunks.map(\.range.lowerBound) == contents.chunks.map(\.range.lowerBound).sorted())
  }

  /// Unpacks `archive` as a layer with its list, in `folder`.
  private func layer(_ archive: [UInt8], _ folder: String, _ number: Int) throws {
    let tree = "\(folder)/\(number)/tree"
    try Files.makeDirectories(tree)
    _ = try LayerUnpacking(limits: ExtractionLimits(), what: "layer").run(
      MemorySource(archive), descriptor: nil, diffID: nil, tree: tree, lowers: []
    ) { _ in }
  }

  @Test func whatIsHereIsNotFetched() throws {
    let packed = try Self.pack(Self.archive)
    let scratch = try Scratch()
    let folder = "\(scratch.path)/lower"
    try layer(Self.archive, folder, 1)
    let again = try Self.rebuild(packed, folder)
    #expect(again.archive == Self.archive && again.fetched == 0)
    // A changed file: all but the chunks around the change.
    var changed = Self.big
    changed.replaceSubrange(200_000..<200_010, with: [1, 2, 3])
    let other = try Scratch()
    try layer(tar { $0.add(.file, "big", content: changed) }, "\(other.path)/lower", 1)
    let part = try Self.rebuild(packed, "\(other.path)/lower")
    #expect(part.archive == Self.archive)
    #expect(part.fetched > 0 && part.fetched < packed.blob.count / 2)
  }

  @Test func fileThatIsNotWhatItsListSaysIsNoticed() throws {
    let packed = try Self.pack(Self.archive)
    let scratch = try Scratch()
    let folder = "\(scratch.path)/lower"
    try layer(Self.archive, folder, 1)
    let file = try FileDescriptor.open("\(folder)/1/tree/big", [.writeOnly])
    try file.write([0xee, 0xee], at: 1000)
    #expect(throws: WherryError.self) { try Self.rebuild(packed, folder) }
    try Files.unlink("\(folder)/1/tree/big")
    #expect(throws: (any Error).self) { try Self.rebuild(packed, folder) }
  }

  // MARK: - Refusals

  static let unusual: [[UInt8]] = [
    tar { $0.add(.globalPax, "g", content: TarBuilder.record("comment", [65])) }.dropLast(1024)
      + tar { $0.file("a", "b") },
    tar {
      $0.file("a", "b")
      $0.file("./a", "c")
    },
    tar { $0.add(.file, "a", content: [1]) { $0.pax = [("path", [0xff, 0xfe])] } },
    tar { $0.add(.file, "a", content: [1]) { $0.pax = [("mtime", Array("-5".utf8))] } },
    [UInt8](repeating: 0x41, count: 4096),
  ]

  @Test(arguments: unusual.indices) func whatCannotBeSaidIsRefused(_ index: Int) throws {
    let error = #expect(throws: WherryError.self) { try Self.pack(Self.unusual[index]) }
    #expect(error?.code == .unsupported)
  }

  @Test func positionsThatCannotBeTrueAreRefused() throws {
    let packed = try Self.pack(Self.archive)
    let digest = Digest.sha256(of: packed.blob)
    func positions(_ change: (inout [String: String]) -> Void) throws -> ChunkedPositions? {
      var annotations = packed.positions.annotations
      change(&annotations)
      return try ChunkedPositions(
        Descriptor(
          mediaType: .layerZstd, digest: digest, size: UInt64(packed.blob.count), annotations: annotations))
    }
    #expect(try positions { _ in } == packed.positions)
    #expect(try positions { $0[ChunkedPositions.tarSplitKey] = nil } == nil)
    for text in [
      "", "1:2:3", "1:2:3:2", "-1:2:3:1", "1:2:3:1:1", "0:1:1:1", "99999999999999999999:1:1:1", "1:0:1:1",
      "1:\(packed.blob.count):1:1", "\(packed.blob.count):1:1:1", "1:1:9999999999999:1", "1 :2:3:1",
    ] {
      #expect(throws: WherryError.self, "\(text)") {
        try positions { $0[ChunkedPositions.contentsKey] = text }
      }
    }
  }

  @Test func rangesAreMergedAndBounded() {
    let pieces: [Range<UInt64>] = [10..<20, 20..<30, 40..<50, 1000..<1001]
    #expect(RangePlan.merge(pieces, gap: 0) == [10..<30, 40..<50, 1000..<1001])
    #expect(RangePlan.merge(pieces, gap: 10) == [10..<50, 1000..<1001])
    #expect(RangePlan.merge(pieces, gap: 0, maximum: 2) == [10..<50, 1000..<1001])
    #expect(RangePlan.merge(pieces, gap: 0, maximum: 1) == [10..<1001])
    #expect(RangePlan.merge([], gap: 0) == [])
    #expect(RangePlan.merge([20..<30, 10..<15]) == nil)
    #expect(RangePlan.merge([20..<30, 25..<35]) == nil)
    let many = (0..<1000).map { (number: UInt64) -> Range<UInt64> in
      let start = number * number * 100
      return start..<start + 10
    }
    let merged = RangePlan.merge(many) ?? []
    #expect(merged.count <= RangePlan.maximumRequests && merged.last?.upperBound == many.last?.upperBound)
  }

  /// Lists with a byte changed or cut off anywhere: an error, or the same lists, and never a trap.
  @Test func damagedListsAreErrorsAtMost() throws {
    let packed = try Self.pack(
      tar {
        $0.file("a", "content")
        $0.add(.file, "z", content: ContentSplitterTests.content(3, 150_000))
      })
    let lists = [
      try Self.bytes(try Self.part(packed, packed.positions.contents)),
      try Self.bytes(try Self.part(packed, packed.positions.tarSplit)),
    ]
    func read(_ contents: [UInt8], _ split: [UInt8]) -> Bool {
      do {
        let found = try ContentsReader(
          end: packed.positions.contents.offset, limits: ExtractionLimits(), what: "layer"
        ).read(MemorySource(contents))
        let scratch = try Scratch()
        let local = try LocalContents(found, in: scratch.tree)
        guard let ranges = RangePlan.merge(found.missing(file: local.has(file:), chunk: local.has(chunk:)))
        else { return false }
        let sent = ranges.flatMap { packed.blob[Int($0.lowerBound)..<Int($0.upperBound)] }
        return try !Self.bytes(
          try RebuiltArchive(
            found, local, tarSplit: MemorySource(split), ranges: RangeReader(MemorySource(sent), ranges),
            what: "layer"
          ) { _ in }
        ).isEmpty
      } catch {
        return false
      }
    }
    #expect(read(lists[0], lists[1]))
    var random = MutationTests.Random(state: 11)
    var failures = 0
    for round in 0..<600 {
      var changed = lists
      let which = round % 2
      let place = Int(random.next() % UInt64(changed[which].count))
      switch random.next() % 3 {
      case 0: changed[which].removeSubrange(place...)
      case 1: changed[which][place] = UInt8(truncatingIfNeeded: random.next())
      default:
        let digit = UInt8(ascii: "0") + UInt8(random.next() % 10)
        changed[which].insert(contentsOf: [UInt8](repeating: digit, count: 3), at: place)
      }
      if !read(changed[0], changed[1]) { failures += 1 }
    }
    #expect(failures > 200)
  }
}
