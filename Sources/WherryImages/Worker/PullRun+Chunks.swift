import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

extension PullRun {
  /// Whether a layer is to be pulled in parts: it says where they are, something to reuse may be here, and no earlier
  /// process kept a part of the whole.
  func isInChunks(_ layer: Descriptor) throws -> Bool {
    guard job.kind == .pull, layer.size >= ChunkedPull.minimumSize, try ChunkedPositions(layer) != nil,
      try SpoolingSource.keptBytes("\(job.spool)/\(PartialBlobs.fileName(layer.digest))", of: layer.size)
        == nil
    else { return false }
    return try LocalContents.areThere(job.layers)
  }

  /// The same, and true for what is wrong with it, which is said when it is tried.
  func mayComeInChunks(_ layer: Descriptor) -> Bool {
    do { return try isInChunks(layer) } catch { return true }
  }

  /// Unpacks a layer into `tree` of what is here and of the parts that are not. False where that cannot be done: the tree
  /// is empty then, and the whole blob is to be fetched.
  func bringChunks(
    _ position: Int, _ tree: String, _ lowers: [String], _ image: ResolvedImage
  ) throws -> Bool {
    let layer = image.manifest.layers[position]
    let number = UInt64(position)
    let reason: String
    do {
      guard try isInChunks(layer), let positions = try ChunkedPositions(layer) else { return false }
      let pull = ChunkedPull(
        job: job, clients: clients, limiter: limiter, layer: layer, positions: positions,
        spool: "\(job.staging)/lists-\(position)",
        onProgress: { [daemon] current in
          daemon.send(.progress(layer: number, phase: 1, current: current, message: ""))
        },
        onRetry: { [daemon] reason in
          daemon.send(
            .progress(layer: number, phase: 5, current: 0, message: RegistryFailure.plain(reason)))
        })
      let outcome = try pull.run(
        diffID: image.configuration.diffIDs[position], tree: tree, lowers: lowers)
      daemon.send(.unpacked(UnpackedLayer(layer: number, outcome)))
      return true
    } catch let error as WherryError
      where ![.unavailable, .deadlineExceeded, .noSpace, .cancelled].contains(error.code)
    {
      reason = error.message
    } catch let error as SystemError where error.isDamage {
      // Of another layer's files, too.
      reason = "\(error)"
    }
    daemon.send(
      .progress(
        layer: number, phase: 5, current: 0,
        message: RegistryFailure.plain("\(reason); fetching the layer whole")))
    try Files.removeTree(tree)
    try Files.makeDirectories(tree, mode: 0o755)
    return false
  }
}
