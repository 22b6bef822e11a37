import WherryModel

/// Unpacks the archive on descriptor 3 into a layer of its own.
struct ImportRun {
  var job: FetchJob
  var daemon: DaemonChannel

  func run() throws {
    daemon.send(.resolved)
    while true {
      switch try daemon.next() {
      case .extract(let layer, let tree, let lowers):
        var unpacking = LayerUnpacking(limits: job.extraction, what: "archive")
        unpacking.formats = .all
        let outcome = try unpacking.run(
          DescriptorSource(3), descriptor: nil, diffID: nil, tree: tree, lowers: lowers
        ) { _ in }
        daemon.send(.unpacked(UnpackedLayer(layer: layer, outcome)))
      case .plan, .skip, .measure, .stream, .give, .upload, .mend: break
      case .finish: return
      }
    }
  }
}

extension UnpackedLayer {
  init(layer: UInt64, _ outcome: LayerUnpacking.Outcome) {
    self.init(
      layer: layer, diffID: outcome.diffID.description, archiveBytes: outcome.archiveBytes,
      fileBytes: outcome.extraction.bytes, opaque: LowerTree.encode(outcome.extraction.opaque))
  }
}
