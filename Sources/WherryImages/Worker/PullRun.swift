import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// One pull, inside the worker: this thread unpacks, tasks fetch.
///
/// Layers are unpacked one after another, because each one's names are resolved in those below it, and
/// a board's storage takes one stream best. Up to three are fetched at once: those that wait hold a
/// bounded part in memory, then the network waits.
final class PullRun {
  private static let aheadBytes = 512 << 10

  private struct Download {
    var channel: ByteChannel
    var source: SpoolingSource
    /// What an earlier process kept.
    var resumed: UInt64
    var task: Task<Void, Never>
  }

  let job: FetchJob
  let daemon: DaemonChannel
  let limiter: RateLimiter?
  private var downloads: [Int: Download] = [:]
  private var waiting: [Int] = []
  private(set) var clients: [RegistryClient] = []

  init(job: FetchJob, daemon: DaemonChannel) {
    self.job = job
    self.daemon = daemon
    limiter = RateLimiter(bytesPerSecond: job.rateLimit)
  }

  func run() throws {
    let image = job.kind == .refetch ? try given() : try resolve()
    // The process ends with this: nothing is shut down.
    while try obey(try daemon.next(), image) {}
  }

  private func resolve() throws -> ResolvedImage {
    let reference = try Reference(job.reference)
    let platform = try Platform(job.platform)
    let (job, daemon) = (job, daemon)
    let http = HTTPSettings.access(job)
    let (image, clients) = try blocking {
      try await RegistryPlaces.resolve(reference, platform, job, http) { reason in
        daemon.send(.progress(layer: .max, phase: 5, current: 0, message: RegistryFailure.plain(reason)))
      }
    }
    self.clients = clients
    for document in image.documents { daemon.send(document) }
    daemon.send(.resolved)
    return image
  }

  /// The daemon gives the documents: nothing but layers is asked of a registry.
  private func given() throws -> ResolvedImage {
    let job = job
    let http = HTTPSettings.access(job)
    clients = try blocking {
      var clients: [RegistryClient] = []
      for place in job.places { clients.append(try await RegistryPlaces.client(place, job, http)) }
      return clients
    }
    daemon.send(.resolved)
    guard case .give(let manifest) = try daemon.next(), case .give(let configuration) = try daemon.next()
    else {
      throw WherryError(.invalidArgument, "no image to fetch a layer of")
    }
    let image = ResolvedImage(
      manifest: try Manifest(json: manifest), configuration: try ImageConfiguration(json: configuration),
      documents: [])
    guard image.manifest.layers.count == image.configuration.diffIDs.count else {
      throw WherryError(.protocolViolation, "the image's documents do not belong together")
    }
    return image
  }

  private func obey(_ command: WorkerCommand, _ image: ResolvedImage) throws -> Bool {
    switch command {
    case .plan(let layers):
      waiting = layers.compactMap { Int(exactly: $0) }.filter(image.manifest.layers.indices.contains)
      if let client = clients.first {
        try DiskNeed.check(
          waiting.map { image.manifest.layers[$0] }, at: job.staging, limits: job.extraction,
          for: job.reference, client)
      }
      try fetchAhead(image)
    case .skip(let layer): try drop(Int(clamping: layer), image)
    case .extract(let layer, let tree, let lowers):
      try bring(Int(clamping: layer), tree, lowers, image, wanted: nil)
    case .mend(let layer, let tree, let lowers, let paths):
      let wanted = paths.split(separator: 0).compactMap { TreePath(checking: Array($0)) }
      try bring(Int(clamping: layer), tree, lowers, image, wanted: Set(wanted))
    case .finish: return false
    case .measure, .stream, .give, .upload: break
    }
    return true
  }

  private func bring(
    _ position: Int, _ tree: String, _ lowers: [String], _ image: ResolvedImage, wanted: Set<TreePath>?
  ) throws {
    guard image.manifest.layers.indices.contains(position) else {
      throw WherryError(.invalidArgument, "no layer \(position)")
    }
    if wanted == nil, downloads[position] == nil, try bringChunks(position, tree, lowers, image) {
      return try drop(position, image)
    }
    if downloads[position] == nil { try start(position, image) }
    try unpack(position, tree, lowers, image, wanted)
    try drop(position, image)
  }

  private func unpack(
    _ position: Int, _ tree: String, _ lowers: [String], _ image: ResolvedImage, _ wanted: Set<TreePath>?
  ) throws {
    guard let download = downloads[position] else { return }
    do {
      let outcome = try unpack(download.source, position, tree, lowers, image, wanted)
      // Before the daemon syncs: what was kept of it never needs to reach the device.
      try download.source.discard()
      daemon.send(.unpacked(UnpackedLayer(layer: UInt64(position), outcome)))
    } catch let error as WherryError where error.code != .unavailable && error.code != .deadlineExceeded {
      try download.source.discard()
      guard download.resumed > 0, error.code == .dataLoss || error.code == .protocolViolation else {
        throw error
      }
      // What was kept was damaged, by a power cut for example: once more, from the start.
      download.task.cancel()
      download.channel.close()
      downloads[position] = nil
      try Files.removeTree(tree)
      try Files.makeDirectories(tree, mode: 0o755)
      try start(position, image)
      try unpack(position, tree, lowers, image, wanted)
    }
  }

  private func unpack(
    _ source: SpoolingSource, _ position: Int, _ tree: String, _ lowers: [String], _ image: ResolvedImage,
    _ wanted: Set<TreePath>?
  ) throws -> LayerUnpacking.Outcome {
    let descriptor = image.manifest.layers[position]
    let (daemon, layer) = (daemon, UInt64(position))
    var next: UInt64 = 0
    var unpacking = LayerUnpacking(limits: job.extraction, what: "layer \(descriptor.digest)")
    unpacking.wanted = wanted
    return try unpacking.run(
      source, descriptor: descriptor, diffID: image.configuration.diffIDs[position], tree: tree,
      lowers: lowers
    ) { count in
      guard count >= next || count == descriptor.size else { return }
      next = count + max(256 << 10, descriptor.size / 100)
      daemon.send(.progress(layer: layer, phase: 1, current: count, message: ""))
    }
  }

  // MARK: - Fetching ahead

  private func fetchAhead(_ image: ResolvedImage) throws {
    while downloads.count < job.concurrentDownloads, !waiting.isEmpty {
      let position = waiting.removeFirst()
      // What is here of such a layer shows when its turn comes: the layers below count too.
      if mayComeInChunks(image.manifest.layers[position]) { continue }
      try start(position, image)
    }
  }

  private func start(_ position: Int, _ image: ResolvedImage) throws {
    waiting.removeAll { $0 == position }
    let descriptor = image.manifest.layers[position]
    let path = "\(job.spool)/\(PartialBlobs.fileName(descriptor.digest))"
    let channel = ByteChannel(capacity: Self.aheadBytes)
    let kept = try SpoolingSource.keptBytes(path, of: descriptor.size)
    let source = try SpoolingSource(channel, path: path, offset: kept, size: descriptor.size)
    let (daemon, layer) = (daemon, UInt64(position))
    let download = BlobDownload(
      clients: clients, descriptor: descriptor, channel: channel, offset: kept ?? 0, limiter: limiter
    ) { reason in
      daemon.send(.progress(layer: layer, phase: 5, current: 0, message: RegistryFailure.plain(reason)))
    }
    downloads[position] = Download(
      channel: channel, source: source, resumed: kept ?? 0, task: Task.detached { await download.run() })
  }

  private func drop(_ position: Int, _ image: ResolvedImage) throws {
    waiting.removeAll { $0 == position }
    if let download = downloads.removeValue(forKey: position) {
      download.task.cancel()
      download.channel.close()
      try download.source.discard()
    }
    try fetchAhead(image)
  }
}
