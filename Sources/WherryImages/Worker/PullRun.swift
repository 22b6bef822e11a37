import AsyncHTTPClient
import NIOPosix
import WherryModel
import WherryOCI

/// One pull, inside the worker: this thread unpacks, tasks fetch.
///
/// Layers are unpacked one after another, because each one's names are resolved in those below it, and
/// a board's storage takes one stream best. Up to three are fetched at once: those that wait hold a
/// bounded part in memory, then the network waits.
final class PullRun {
  private static let aheadLayers = 3
  private static let aheadBytes = 512 << 10

  private struct Download {
    var channel: ByteChannel
    var task: Task<Void, Never>
  }

  private let job: FetchJob
  private let daemon: DaemonChannel
  private var downloads: [Int: Download] = [:]
  private var waiting: [Int] = []

  init(job: FetchJob, daemon: DaemonChannel) {
    self.job = job
    self.daemon = daemon
  }

  func run() throws {
    let reference = try Reference(job.reference)
    let rules = try TransportRules(domain: reference.domain, insecure: job.insecure)
    let http = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
      configuration: try HTTPSettings.configuration(job))
    // Never released: its life is the process's, and it insists on being shut down before.
    _ = Unmanaged.passRetained(http)
    let limits = job.registry
    let settled = try blocking { await TransportProbe.settle(rules, http, limits) }
    let client = RegistryClient(
      http: http, rules: settled, repository: reference.path, credential: job.credential, limits: job.registry
    )
    let platform = try Platform(job.platform)
    let image = try blocking {
      try await ImageResolution(client: client, platform: platform).resolve(reference)
    }
    for document in image.documents { daemon.send(document) }
    daemon.send(.resolved)
    // The process ends with this: nothing is shut down.
    while try obey(try daemon.next(), image, client) {}
  }

  private func obey(_ command: WorkerCommand, _ image: ResolvedImage, _ client: RegistryClient) throws -> Bool
  {
    switch command {
    case .plan(let layers):
      waiting = layers.compactMap { Int(exactly: $0) }.filter(image.manifest.layers.indices.contains)
      fetchAhead(image, client)
    case .skip(let layer): drop(Int(clamping: layer), image, client)
    case .extract(let layer, let tree, let lowers):
      let position = Int(clamping: layer)
      guard image.manifest.layers.indices.contains(position) else {
        throw WherryError(.invalidArgument, "no layer \(layer)")
      }
      if downloads[position] == nil { start(position, image, client) }
      try unpack(position, tree, lowers, image)
      drop(position, image, client)
    case .finish: return false
    }
    return true
  }

  private func unpack(_ position: Int, _ tree: String, _ lowers: [String], _ image: ResolvedImage) throws {
    guard let download = downloads[position] else { return }
    let descriptor = image.manifest.layers[position]
    let (daemon, layer) = (daemon, UInt64(position))
    var next: UInt64 = 0
    let outcome = try LayerUnpacking(limits: job.extraction, what: "layer \(descriptor.digest)").run(
      download.channel, descriptor: descriptor, diffID: image.configuration.diffIDs[position], tree: tree,
      lowers: lowers
    ) { count in
      guard count >= next || count == descriptor.size else { return }
      next = count + max(256 << 10, descriptor.size / 100)
      daemon.send(.progress(layer: layer, phase: 1, current: count, message: ""))
    }
    daemon.send(.unpacked(UnpackedLayer(layer: layer, outcome)))
  }

  // MARK: - Fetching ahead

  private func fetchAhead(_ image: ResolvedImage, _ client: RegistryClient) {
    while downloads.count < Self.aheadLayers, !waiting.isEmpty { start(waiting.removeFirst(), image, client) }
  }

  private func start(_ position: Int, _ image: ResolvedImage, _ client: RegistryClient) {
    waiting.removeAll { $0 == position }
    let channel = ByteChannel(capacity: Self.aheadBytes)
    let (daemon, layer) = (daemon, UInt64(position))
    let download = BlobDownload(
      client: client, descriptor: image.manifest.layers[position], channel: channel
    ) { reason in
      daemon.send(.progress(layer: layer, phase: 5, current: 0, message: RegistryFailure.plain(reason)))
    }
    downloads[position] = Download(channel: channel, task: Task.detached { await download.run() })
  }

  private func drop(_ position: Int, _ image: ResolvedImage, _ client: RegistryClient) {
    waiting.removeAll { $0 == position }
    if let download = downloads.removeValue(forKey: position) {
      download.task.cancel()
      download.channel.close()
    }
    fetchAhead(image, client)
  }
}
