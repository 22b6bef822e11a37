import NIOCore
import WherryLinux
import WherryModel
import WherryOCI

/// One push, inside the worker. A layer's original blob goes wherever it can still be had, so that its digest stays: it
/// is at the registry already, is mounted from another repository of it, or is fetched from where the image came from
/// and passed on. Only else the layer is packed again, from its tree.
final class PushRun {
  /// Failures of one source that leave the next ones.
  private static let passable: [WherryError.Code] = [
    .notFound, .unauthorized, .permissionDenied, .unavailable, .deadlineExceeded, .failedPrecondition,
    .dataLoss,
  ]

  let job: FetchJob
  private let daemon: DaemonChannel
  let limiter: RateLimiter?
  private var documents: [[UInt8]] = []
  var uploaded: UInt64 = 0
  /// Sources that could not be asked: a device that is offline must not wait for each of them with each layer.
  private var unreachable: Set<String> = []

  init(job: FetchJob, daemon: DaemonChannel) {
    self.job = job
    self.daemon = daemon
    limiter = RateLimiter(bytesPerSecond: job.rateLimit)
  }

  func run() throws {
    daemon.send(.resolved)
    while true {
      switch try daemon.next() {
      case .give(let bytes): documents.append(bytes)
      case .upload(let folders):
        try push(folders)
        return
      case .finish: return
      case .plan, .extract, .skip, .measure, .stream, .mend: break
      }
    }
  }

  private func push(_ folders: [String]) throws {
    let reference = try Reference(job.reference)
    guard documents.count == 2, let place = job.places.first, let tag = reference.tag else {
      throw WherryError(.invalidArgument, "nothing to push")
    }
    var manifest = try Manifest(json: documents[0])
    let (job, sources) = (job, Array(job.places.dropFirst()))
    guard folders.count == manifest.layers.count else {
      throw WherryError(.invalidArgument, "the image has other layers than its manifest")
    }
    let http = HTTPSettings.access(job)
    let mounts = sources.filter { $0.domain == place.domain }.map(\.repository)
    let client = try blocking {
      try await RegistryPlaces.client(place, job, http, actions: "pull,push", mounts: mounts)
    }
    var isUnchanged = true
    for (position, folder) in folders.enumerated() {
      let layer = manifest.layers[position]
      tell(position, "Preparing")
      // A blob of another form would do for everything but that.
      if !job.isChunked || isInChunks(layer) {
        if try take(layer, position, client, mounts) { continue }
        if try passOn(layer, position, sources, client, http) { continue }
      }
      if job.isChunked, let packed = try packChunks(folder, layer, position, client) {
        manifest.layers[position] = packed
      } else {
        manifest.layers[position] = try pack(folder, layer, position, client, manifest.mediaType)
      }
      isUnchanged = isUnchanged && manifest.layers[position].digest == layer.digest
    }
    // Docker's own manifest knows no zstd.
    if !isUnchanged, manifest.layers.contains(where: { $0.mediaType == .layerZstd }) {
      manifest.useOCITypes()
    }
    let bytes = isUnchanged ? documents[0] : try manifest.json()
    let (configuration, id, type) = (documents[1], manifest.configuration.digest, manifest.mediaType)
    try blocking {
      try await client.put(configuration, id)
      try await client.putManifest(bytes, type, tag: tag)
    }
    daemon.send(.pushed(manifest: bytes, uploaded: uploaded, unchanged: isUnchanged))
  }

  /// The registry has it, or takes it from another repository.
  private func take(
    _ layer: Descriptor, _ position: Int, _ client: RegistryClient, _ mounts: [String]
  ) throws -> Bool {
    let how: String? = try blocking {
      if try await client.has(layer.digest) { return "Layer already exists" }
      for repository in mounts where repository != client.repository {
        if try await client.mount(layer.digest, from: repository) { return "Mounted from \(repository)" }
      }
      return nil
    }
    guard let how else { return false }
    tell(position, how)
    return true
  }

  private func passOn(
    _ layer: Descriptor, _ position: Int, _ sources: [FetchJob.Place], _ client: RegistryClient,
    _ http: HTTPAccess
  ) throws -> Bool {
    let job = job
    for place in sources where !unreachable.contains(place.domain) {
      do {
        let source = try blocking { () -> RegistryClient? in
          let source = try await RegistryPlaces.client(place, job, http)
          return try await source.has(layer.digest) ? source : nil
        }
        guard let source else { continue }
        let channel = ByteChannel(capacity: 512 << 10)
        let download = BlobDownload(clients: [source], descriptor: layer, channel: channel) { _ in }
        let task = Task.detached { await download.run() }
        defer {
          task.cancel()
          channel.close()
        }
        let bytes = DigestingSource(
          channel, algorithm: layer.digest.algorithm, limit: layer.size, what: "layer \(layer.digest)")
        tell(position, "Pushing from \(place.domain)")
        let sender = ChunkSender(client, limiter)
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
          while true {
            let count = try bytes.read(into: buffer)
            if count == 0 { break }
            try sender.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          }
        }
        guard try bytes.digest() == layer.digest else {
          throw RegistryClient.mismatch(layer.digest, "it has other content")
        }
        uploaded += try sender.finish(layer.digest)
        tell(position, "Pushed")
        return true
      } catch let error as WherryError
        where Self.passable.contains(error.code)
      {
        // From somewhere else, then; whether the target can be reached shows there.
        if error.code != .notFound, error.code != .dataLoss { unreachable.insert(place.domain) }
        continue
      }
    }
    return false
  }

  private func pack(
    _ folder: String, _ layer: Descriptor, _ position: Int, _ client: RegistryClient, _ manifest: MediaType
  ) throws -> Descriptor {
    tell(position, "Packing")
    let archive = try LayerArchive(folder: folder, what: "layer \(layer.digest)")
    let whole = DigestingSource(archive, limit: job.extraction.archiveBytes, what: "layer \(layer.digest)")
    let sender = ChunkSender(client, limiter)
    let packed = DigestingSink()
    let sink = try CompressingSink { bytes in
      packed.update(bytes)
      try sender.write(bytes)
    }
    try sink.open()
    try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      while true {
        let count = try whole.read(into: buffer)
        if count == 0 { break }
        try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    try sink.finish()
    try confirm(whole, layer, position)
    let digest = try packed.digest()
    uploaded += try sender.finish(digest)
    tell(position, "Pushed")
    return Descriptor(
      mediaType: manifest == .dockerManifest ? .dockerLayerGzip : .layerGzip, digest: digest,
      size: packed.count)
  }

  /// The daemon knows what the archive's digest must be, and says so before the blob is complete.
  func confirm(_ archive: DigestingSource, _ layer: Descriptor, _ position: Int) throws {
    daemon.send(
      .unpacked(
        UnpackedLayer(
          layer: UInt64(position), diffID: try archive.digest().description, archiveBytes: archive.count,
          fileBytes: 0, opaque: [])))
    guard case .skip = try daemon.next() else {
      throw WherryError(.dataLoss, "layer \(layer.digest) is damaged on disk")
    }
  }

  func tell(_ position: Int, _ message: String) {
    daemon.send(
      .progress(layer: UInt64(position), phase: 1, current: uploaded, message: RegistryFailure.plain(message))
    )
  }
}
