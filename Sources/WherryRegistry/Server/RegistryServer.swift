package import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import WherryLinux
import WherryModel
package import WherryTLS
package import WherryTransport

/// What a server allows.
package struct RegistryServerSettings: Sendable {
  package var maximumConnections = 512
  /// Of one address.
  package var maximumConnectionsPerPeer = 128
  /// Large manifests and lists of referrers in memory.
  package var maximumManifests = 8
  /// How long a client may keep us waiting.
  package var patience = Duration.seconds(60)
  /// Bytes of all header fields of a request.
  package var maximumHeaders = 64 << 10
  package var uploads = Uploads.Limits()

  package init() {}
}

/// Serves a store to clients over HTTP/1.1.
package final class RegistryServer: Sendable {
  typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

  struct Activity {
    var connections = 0
    /// Of them, by address.
    var peers: [String: Int] = [:]
    var requests = 0
    /// The last time somebody connected or a request ended.
    var last = ContinuousClock.now
  }

  private let listener: StreamListener
  private let tls: ServerTLS?
  private let settings: RegistryServerSettings
  private let uploads: Uploads
  let service: RegistryService
  let gatekeeper: Gatekeeper
  let logger: Logger
  let activity = Mutex(Activity())

  package init(
    _ sockets: [ListeningSocket], thread: EventLoopThread, store: RegistryStore, gatekeeper: Gatekeeper,
    tls: ServerTLS?, settings: RegistryServerSettings = RegistryServerSettings(),
    pullThrough: PullThrough? = nil, logger: Logger
  ) {
    listener = StreamListener(sockets, thread: thread)
    self.tls = tls
    self.settings = settings
    self.gatekeeper = gatekeeper
    self.logger = logger
    let pool = BlockingPool()
    uploads = Uploads(store, limits: settings.uploads, pool: pool)
    service = RegistryService(
      store: store, uploads: uploads, pool: pool, writers: BlockingPool(),
      seats: Seats(settings.maximumManifests), pullThrough: pullThrough)
  }

  /// Accepts and serves until its task is cancelled. `ready` is called when clients can connect.
  package func run(ready: @Sendable () -> Void) async throws {
    let (connections, arrivals) = AsyncStream<Connection>.makeStream()
    try await listener.startAccepting { channel in
      channel.eventLoop.makeCompletedFuture { try self.accepted(channel, arrivals) }
    }
    ready()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.expireUploads() }
      if let pullThrough = self.service.pullThrough {
        group.addTask { await pullThrough.run(self.uploads, self.service.writers) }
      }
      for await connection in connections {
        group.addTask { await self.serve(connection) }
      }
      group.cancelAll()
    }
  }

  /// Accepts no more and waits until no request is served, for as long as `grace`.
  package func retire(grace: Duration) async throws {
    try await listener.stopAccepting()
    let deadline = ContinuousClock.now + grace
    while activity.withLock({ $0.requests }) > 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Waits until nobody has asked for anything for as long as `duration`.
  package func waitUntilIdle(for duration: Duration) async throws {
    while true {
      let now = ContinuousClock.now
      let (requests, last) = activity.withLock { ($0.requests, $0.last) }
      let isFetching = service.pullThrough?.isBusy ?? false
      if requests == 0, !isFetching, last + duration <= now { return }
      // While a request is served there is nothing to wait for but its end; look again after as long.
      let isWaiting = requests == 0 && !isFetching
      try await Task.sleep(until: isWaiting ? last + duration : now + duration, clock: .continuous)
    }
  }

  private func accepted(_ channel: any Channel, _ arrivals: AsyncStream<Connection>.Continuation) throws {
    // None of a unix socket: there whoever has it is trusted with all of them.
    let peer = channel.remoteAddress?.ipAddress
    let isWelcome = activity.withLock { activity in
      activity.last = .now
      guard activity.connections < settings.maximumConnections else { return false }
      if let peer {
        let count = activity.peers[peer] ?? 0
        guard count < settings.maximumConnectionsPerPeer else { return false }
        activity.peers[peer] = count + 1
      }
      activity.connections += 1
      return true
    }
    guard isWelcome else { throw RegistryProblem(429, .tooManyRequests, "too many connections") }
    channel.closeFuture.whenComplete { _ in
      self.activity.withLock { activity in
        activity.connections -= 1
        guard let peer, let count = activity.peers[peer] else { return }
        activity.peers[peer] = count > 1 ? count - 1 : nil
      }
    }
    try tls?.add(to: channel)
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = min(limits.maxHeaderFieldSize, settings.maximumHeaders)
    limits.maxHeaderListSize = settings.maximumHeaders
    let pipeline = channel.pipeline.syncOperations
    try pipeline.configureHTTPServerPipeline(
      withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
    let patience = settings.patience.components
    try pipeline.addHandler(SlowClientGuard(patience: .seconds(patience.seconds)))
    // One part at a time: the socket is read when the one before is on disk.
    let connection = try Connection(
      wrappingChannelSynchronously: channel,
      configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
    arrivals.yield(connection)
  }

  /// Uploads that nobody has gone on with for long.
  private func expireUploads() async {
    while true {
      do {
        let count = try await service.writers.run { () throws -> Int in try self.uploads.expire() }
        if count > 0 { logger.info("removed abandoned uploads", metadata: ["count": "\(count)"]) }
        try await Task.sleep(for: .seconds(3600))
      } catch is CancellationError {
        return
      } catch {
        logger.warning("cannot remove abandoned uploads, ignoring: \(error)")
        do { try await Task.sleep(for: .seconds(3600)) } catch { return }
      }
    }
  }
}
