import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// The daemon's side of fetching one layer again: wholly, or some of its files.
struct RefetchSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var layer: LayerRefetch
  var staging: String

  func run() async throws -> RefetchedLayer {
    let manifest = try Manifest(json: layer.manifest)
    let configuration = try ImageConfiguration(json: layer.configuration)
    let position = layer.position
    guard manifest.layers.indices.contains(position), configuration.diffIDs.indices.contains(position),
      layer.layers.indices.contains(position), layer.layers[position] == layer.id
    else {
      throw WherryError(.dataLoss, "layer \(layer.id.short) is not in its image's manifest")
    }
    let (descriptor, diffID) = (manifest.layers[position], configuration.diffIDs[position])
    let store = fetcher.store
    let folder = try await fetcher.pool.run { [staging] () throws(WherryError) -> String in
      // What an interrupted attempt kept of it.
      try store.partials.take(descriptor.digest, into: "\(staging)/\(PartialBlobs.spoolName)")
      return try WorkerFetcher.makeLayerFolder(staging, position)
    }
    try await order(folder, position)
    let unpacked = try await unpacking(diffID, UInt64(position))
    try await session.send(.finish)
    let opaque = try WorkerFetcher.opaqueFolders(unpacked)
    let staged = try await fetcher.pool.run { () throws(WherryError) -> String in
      // Out of the worker's reach.
      let staged = try store.staging.makeFolder("layer")
      try WherryError.converting { () throws(SystemError) in try Files.rename(folder, to: staged) }
      return staged
    }
    return RefetchedLayer(
      folder: staged,
      record: LayerRecord(
        id: layer.id, diffID: diffID, blob: descriptor.digest, size: unpacked.fileBytes, added: .now()),
      opaqueFolders: opaque)
  }

  private func order(_ folder: String, _ position: Int) async throws {
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .progress: break
      case .resolved:
        try await session.send(.give(layer.manifest))
        try await session.send(.give(layer.configuration))
        let lowers = layer.layers[..<position].map { fetcher.store.layers.tree($0) }
        let tree = folder + "/tree"
        guard let paths = layer.paths else {
          try await session.send(.plan([UInt64(position)]))
          return try await session.send(.extract(layer: UInt64(position), tree: tree, lowers: lowers))
        }
        return try await session.send(
          .mend(
            layer: UInt64(position), tree: tree, lowers: lowers + [fetcher.store.layers.tree(layer.id)],
            paths: paths.flatMap { $0 + [0] }))
      case .document, .unpacked, .failed, .image, .pushed:
        throw PullSession.unexpected("something else than its readiness")
      }
    }
  }

  private func unpacking(_ diffID: Digest, _ position: UInt64) async throws -> UnpackedLayer {
    while true {
      switch try await session.next() {
      case .progress: break
      case .unpacked(let unpacked):
        guard unpacked.layer == position, unpacked.diffID == diffID.description else {
          throw PullSession.unexpected("layer \(unpacked.layer)")
        }
        return unpacked
      case .started, .document, .resolved, .failed, .image, .pushed:
        throw PullSession.unexpected("something else than a layer")
      }
    }
  }
}
