import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// The daemon's side of one import: the archive goes in, a layer comes out, the image is made of it and of the layers
/// below it, where there are such.
struct ImportSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var staging: String
  var base: ImageBase?
  var configuration: ImageConfiguration

  func run(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, to writer: AsyncWriter
  ) async throws -> FetchedImage {
    let folder = try await fetcher.pool.run { [staging] () throws(WherryError) in
      try WorkerFetcher.makeLayerFolder(staging, 0)
    }
    let unpacked = try await withThrowingTaskGroup(of: UnpackedLayer?.self) { group in
      group.addTask {
        try await feed(archive, to: writer)
        return nil
      }
      group.addTask { try await unpack(folder) }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw WherryError(.internal, "import ended without a layer")
    }
    return try await record(folder, unpacked)
  }

  private func feed(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, to writer: AsyncWriter
  ) async throws {
    do {
      for try await chunk in archive { try await writer.write(chunk) }
    } catch let error as SystemError where error.errno == EPIPE || error.errno == ECONNRESET {
      // The worker wants no more; it says why, or it is done.
    }
    // Not where the archive failed: its end would make what came so far look whole.
    writer.close()
  }

  private func unpack(_ folder: String) async throws -> UnpackedLayer {
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .progress: break
      case .resolved:
        let lowers = (base?.layers ?? []).map { fetcher.store.layers.tree($0) }
        try await session.send(.extract(layer: 0, tree: folder + "/tree", lowers: lowers))
      case .unpacked(let layer): return layer
      case .document, .failed, .image, .pushed:
        throw WherryError(.protocolViolation, "fetch worker sent something else than a layer")
      }
    }
  }

  private func record(_ folder: String, _ unpacked: UnpackedLayer) async throws -> FetchedImage {
    let diffID = try Digest(unpacked.diffID)
    var image = configuration
    image.raw = nil
    image.diffIDs.append(diffID)
    let layers = image.layerIDs
    guard let layer = layers.last, base?.layers ?? [] == Array(layers.dropLast()) else {
      throw WherryError(.internal, "the layers below the new one are not those of its configuration")
    }
    let configurationBytes = try image.json()
    guard configurationBytes.count <= ImageStore.maximumBlob else {
      throw WherryError(.resourceExhausted, "the image's configuration would be too large")
    }
    let id = Digest.sha256(of: configurationBytes)
    let new = Descriptor(mediaType: .layer, digest: diffID, size: unpacked.archiveBytes)
    let lower = try await fetcher.pool.run { () throws(WherryError) in try lowerDescriptors() }
    let manifest = Manifest(
      configuration: Descriptor(
        mediaType: .configuration, digest: id, size: UInt64(configurationBytes.count)),
      layers: lower + [new])
    let manifestBytes = try manifest.json()
    let digest = Digest.sha256(of: manifestBytes)
    try await fetcher.lanes.run(layer) {
      try await fetcher.pool.run { [store = fetcher.store] () throws(WherryError) in
        try WorkerFetcher.commit(
          folder, unpacked,
          LayerRecord(id: layer, diffID: diffID, blob: nil, size: unpacked.fileBytes, added: .now()),
          in: store)
        try store.images.putBlob(configurationBytes, id)
        try store.images.putBlob(manifestBytes, digest)
        try store.images.put(ImageRecord(id: id, manifest: digest, layers: layers, added: .now()))
      }
    }
    return FetchedImage(id: id, digest: digest, changed: true)
  }

  /// As the base's manifest has them; where that is gone, as they are here. Blocks.
  private func lowerDescriptors() throws(WherryError) -> [Descriptor] {
    guard let base else { return [] }
    let store = fetcher.store
    if let manifest = try store.images.record(base.image)?.manifest,
      let bytes = try store.images.blob(manifest)
    {
      let layers = try Manifest(json: bytes).layers
      if layers.count == base.layers.count { return layers }
    }
    return try base.layers.map { id throws(WherryError) in
      guard let record = try store.layers.record(id) else {
        throw WherryError(.dataLoss, "layer \(id) is missing", hint: "pull the image it is of again")
      }
      return Descriptor(mediaType: .layer, digest: record.diffID, size: record.size)
    }
  }
}
