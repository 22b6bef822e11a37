import WherryLinux
import WherryModel
import WherryOCI

/// One zstd:chunked layer, of which only what is nowhere on the device is fetched: Decision-Chunks says how, and why it can
/// be trusted.
struct ChunkedPull {
  /// Smaller blobs are not worth two round trips.
  static let minimumSize: UInt64 = 256 << 10
  private static let aheadBytes = 512 << 10

  var job: FetchJob
  var clients: [RegistryClient]
  var limiter: RateLimiter?
  var layer: Descriptor
  var positions: ChunkedPositions
  /// A path for a file without a name.
  var spool: String
  /// How much of the blob's size is done.
  var onProgress: @Sendable (UInt64) -> Void
  /// Told why, before each further attempt.
  var onRetry: @Sendable (String) -> Void

  private var what: String { "layer \(layer.digest)" }

  /// Throws what makes the whole blob necessary, and `unavailable` where that could not be had either.
  func run(diffID: Digest, tree: String, lowers: [String]) throws -> LayerUnpacking.Outcome {
    let lists = try fetchLists()
    let contents = try readContents(lists)
    let local = try LocalContents(contents, in: job.layers)
    let missing = contents.missing(file: local.has(file:), chunk: local.has(chunk:))
    guard let ranges = RangePlan.merge(missing) else {
      throw WherryError(.protocolViolation, "\(what): its chunks are in disorder")
    }
    let fetched = ranges.reduce(UInt64(0)) { $0 + $1.upperBound - $1.lowerBound }
    guard fetched <= layer.size / 4 * 3 else {
      throw WherryError(.failedPrecondition, "\(what): most of it is new")
    }
    onProgress(0)
    return try fetching(ranges) { source in
      let archive = try RebuiltArchive(
        contents, local, tarSplit: try unpacked(lists, positions.tarSplit),
        ranges: RangeReader(source, ranges), what: what, onCount: progress(contents.size))
      var unpacking = LayerUnpacking(limits: job.extraction, what: what)
      unpacking.isRebuilt = true
      return try unpacking.run(archive, descriptor: nil, diffID: diffID, tree: tree, lowers: lowers) { _ in }
    }
  }

  /// In steps of a hundredth.
  private func progress(_ total: UInt64) -> (UInt64) -> Void {
    var next: UInt64 = 0
    return { count in
      guard count >= next, total > 0 else { return }
      next = count + max(256 << 10, total / 100)
      let (done, _) = total.dividingFullWidth(layer.size.multipliedFullWidth(by: min(count, total)))
      onProgress(done)
    }
  }

  private func fetching<Value>(
    _ ranges: [Range<UInt64>], _ body: (any ByteSource) throws -> Value
  ) throws -> Value {
    let channel = ByteChannel(capacity: Self.aheadBytes)
    let download = RangeDownload(
      clients: clients, descriptor: layer, ranges: ranges, channel: channel, limiter: limiter,
      onRetry: onRetry)
    let task = Task.detached { await download.run() }
    defer {
      task.cancel()
      channel.close()
    }
    return try body(channel)
  }

  // MARK: - Lists

  /// The packed contents and tar-split, as they are in the blob, and what is between them.
  private func fetchLists() throws -> SpoolFile {
    let range = positions.contents.offset..<positions.tarSplit.range.upperBound
    guard range.upperBound - range.lowerBound <= 2 * ChunkedPositions.maximumPacked else {
      throw WherryError(.resourceExhausted, "\(what): its lists are too long")
    }
    let file = try SpoolFile(spool)
    try fetching([range]) { source in try source.forEach { try file.append($0) } }
    guard file.count == range.upperBound - range.lowerBound else {
      throw WherryError(.dataLoss, "\(what): its lists end early")
    }
    return file
  }

  private func readContents(_ lists: SpoolFile) throws -> ChunkedContents {
    try check(lists, positions.contents, positions.digest)
    let contents = try ContentsReader(
      end: positions.contents.offset, limits: job.extraction, what: what
    ).read(try unpacked(lists, positions.contents))
    guard let digest = contents.tarSplit else {
      throw WherryError(.unsupported, "\(what): it has no tar-split")
    }
    try check(lists, positions.tarSplit, digest)
    let limits = job.extraction
    guard contents.size <= limits.ratioFloor || contents.size / limits.ratio <= layer.size else {
      throw WherryError(
        .resourceExhausted, "\(what) unfolds to more than \(limits.ratio) times its size: refused as a bomb")
    }
    return contents
  }

  private func packed(_ lists: SpoolFile, _ part: ChunkedPositions.Part) -> any ByteSource {
    lists.source(from: part.offset - positions.contents.offset, count: part.length)
  }

  private func unpacked(_ lists: SpoolFile, _ part: ChunkedPositions.Part) throws -> any ByteSource {
    DigestingSource(
      try ZstdSource(packed(lists, part), what: "lists of \(what)"), limit: part.unpacked,
      what: "lists of \(what)")
  }

  private func check(
    _ lists: SpoolFile, _ part: ChunkedPositions.Part, _ digest: Digest
  ) throws {
    let source = DigestingSource(
      packed(lists, part), algorithm: digest.algorithm, limit: part.length, what: what)
    try source.drain()
    guard try source.digest() == digest else {
      throw WherryError(.dataLoss, "\(what): its lists have another digest than was announced")
    }
  }
}
