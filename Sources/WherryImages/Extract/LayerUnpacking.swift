import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// One layer from its compressed bytes to its tree, with every digest checked:
/// network -> digest -> decompress -> digest -> tar -> files. Nothing is kept in between.
struct LayerUnpacking {
  struct Outcome: Sendable, Equatable {
    var diffID: Digest
    var archiveBytes: UInt64
    var extraction: LayerExtractor.Result
  }

  var limits: ExtractionLimits
  /// Names the layer in errors.
  var what: String
  var formats = DecompressingSource.Formats.layer
  /// Only these are written, and nothing beside the tree; the layer's own tree, which has all others, is then the highest
  /// of the lowers. Everything where nil.
  var wanted: Set<TreePath>?
  /// The bytes are the archive itself, made again of parts: nothing is to be unpacked, and only the diff ID can be checked.
  var isRebuilt = false

  /// `tree` is an empty folder; `lowers` are trees, the lowest first. `descriptor` and `diffID` are what
  /// must come out, where that is known. `onProgress` hears of compressed bytes.
  func run(
    _ source: any ByteSource, descriptor: Descriptor?, diffID: Digest?, tree: String, lowers: [String],
    onProgress: @escaping (UInt64) throws -> Void
  ) throws -> Outcome {
    let compressed = DigestingSource(
      source, algorithm: descriptor?.digest.algorithm ?? .sha256,
      limit: descriptor?.size ?? limits.archiveBytes,
      what: what, onCount: onProgress)
    let (limits, isRebuilt) = (limits, isRebuilt)
    let archive = DigestingSource(
      isRebuilt ? source : try DecompressingSource(compressed, formats: formats, what: what),
      algorithm: diffID?.algorithm ?? .sha256, limit: limits.archiveBytes, what: "\(what) (uncompressed)"
    ) { count in
      guard !isRebuilt, count > limits.ratioFloor, count / limits.ratio > compressed.count else { return }
      throw WherryError(
        .resourceExhausted, "\(what) unfolds to more than \(limits.ratio) times its size: refused as a bomb")
    }
    let extractor = try LayerExtractor(
      tree: tree, lowers: try lowers.reversed().map { path throws(SystemError) in try LowerTree(path: path) },
      limits: limits)
    // Beside the tree, which is in a folder of the layer's own.
    let folder = wanted == nil && tree.hasSuffix("/tree") ? String(tree.dropLast(5)) : nil
    extractor.wanted = wanted.map(WantedFiles.init)
    let skeleton = try folder.map {
      try SkeletonRecorder(archive, path: "\($0)/\(SkeletonRecorder.fileName)")
    }
    extractor.skeleton = skeleton
    let digests = try folder.map { folder throws(SystemError) in try FileDigests("\(folder)/digests") }
    extractor.digests = digests
    var source: any ByteSource = archive
    if let skeleton { source = skeleton }
    let result = try extractor.extract(try TarReader(source, what: what))
    // What follows the archive's end counts for the digests.
    try source.drain()
    try skeleton?.finish()
    try compressed.drain()
    if let descriptor {
      guard compressed.count == descriptor.size else {
        throw damaged("it has \(compressed.count) bytes where \(descriptor.size) were announced")
      }
      let digest = try compressed.digest()
      guard digest == descriptor.digest else { throw damaged("its content has \(digest)") }
    }
    let found = try archive.digest()
    guard diffID == nil || found == diffID else {
      throw damaged("its archive has \(found), not the diff ID of the configuration")
    }
    if let folder { try digests?.list(tree, in: "\(folder)/\(FileList.fileName)") }
    return Outcome(diffID: found, archiveBytes: archive.count, extraction: result)
  }

  private func damaged(_ how: String) -> WherryError {
    WherryError(.dataLoss, "\(what) is damaged: \(how)", hint: "nothing of it was kept; try again")
  }
}
