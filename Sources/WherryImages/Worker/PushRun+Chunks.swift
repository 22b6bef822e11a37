import WherryModel
import WherryOCI

extension PushRun {
  /// Whether the layer's blob is zstd:chunked already, by annotations that can be true.
  func isInChunks(_ layer: Descriptor) -> Bool {
    do { return try ChunkedPositions(layer) != nil } catch { return false }
  }

  /// Packs a layer as zstd:chunked and sends it, unless the registry has the same. Nil for one that cannot be packed so.
  ///
  /// The blob is made on the device first: only its digest says whether it must be sent at all, which an update's lower
  /// layers need not.
  func packChunks(
    _ folder: String, _ layer: Descriptor, _ position: Int, _ client: RegistryClient
  ) throws -> Descriptor? {
    tell(position, "Packing in chunks")
    let what = "layer \(layer.digest)"
    let archive = DigestingSource(
      try LayerArchive(folder: folder, what: what), limit: job.extraction.archiveBytes, what: what)
    let blob = try SpoolFile("\(job.staging)/blob-\(position)")
    let sum = DigestingSink()
    let positions: ChunkedPositions
    do {
      let writer = try ChunkedWriter(staging: job.staging) { bytes in
        sum.update(bytes)
        try blob.append(bytes)
      }
      try archive.forEach { try writer.write($0) }
      positions = try writer.finish()
    } catch let error as WherryError where error.code == .unsupported {
      tell(position, error.message)
      return nil
    }
    try confirm(archive, layer, position)
    let digest = try sum.digest()
    let packed = Descriptor(
      mediaType: .layerZstd, digest: digest, size: blob.count, annotations: positions.annotations)
    if try blocking({ try await client.has(digest) }) {
      tell(position, "Layer already exists")
      return packed
    }
    let sender = ChunkSender(client, limiter)
    try blob.source().forEach { try sender.write($0) }
    uploaded += try sender.finish(digest)
    tell(position, "Pushed")
    return packed
  }
}

extension Manifest {
  /// Names the same things by the OCI's types instead of Docker's.
  fileprivate static let equivalents: [MediaType: MediaType] = [
    .dockerManifest: .manifest, .dockerConfiguration: .configuration, .dockerLayer: .layer,
    .dockerLayerGzip: .layerGzip, .dockerLayerZstd: .layerZstd,
  ]

  mutating func useOCITypes() {
    mediaType = Self.equivalents[mediaType] ?? mediaType
    configuration.mediaType = Self.equivalents[configuration.mediaType] ?? configuration.mediaType
    for index in layers.indices {
      layers[index].mediaType = Self.equivalents[layers[index].mediaType] ?? layers[index].mediaType
    }
  }
}
