import Glibc
package import NIOCore
import NIOPosix
import Synchronization
import WherryModel
package import WherryRPC

/// Makes connections of which this side is the dialler.
package struct Dialer: Sendable {
  private let thread: EventLoopThread
  package var settings = ConnectionSettings()
  package var timeout = Duration.seconds(10)
  /// What this side serves to the other, and as whom it takes it.
  package var service = Service.none
  package var peer = Peer(role: .viewer, description: "the daemon")
  package var tap: FrameTap?

  package init(thread: EventLoopThread) {
    self.thread = thread
  }

  /// A connection to whoever listens on the unix socket `path`. Calls on it may be made at once.
  package func connect(_ path: String) async throws -> ConnectionDriver {
    _ = try SocketPath.address(path)
    let deadline = ContinuousClock.now + timeout
    while true {
      do {
        return try await open { $0.connect(unixDomainSocketPath: path) }
      } catch let error as IOError where error.errnoCode == EAGAIN && ContinuousClock.now < deadline {
        // The queue of the socket is full, and the kernel offers nothing to wait for (unix(7)).
        try await Task.sleep(for: .milliseconds(20))
      } catch let error as IOError {
        throw WherryError.cannotConnect(path, error.errnoCode, cause: error)
      }
    }
  }

  /// A connection over a stream socket that is open already, such as the one to an `ssh`. Takes the descriptor over.
  package func adopt(
    _ descriptor: Int32, keepalive: Keepalive.Timing? = .network
  ) async throws -> ConnectionDriver {
    try await open(keepalive: keepalive) { $0.withConnectedSocket(descriptor) }
  }

  /// A TCP connection to `host`. `prepare` adds what goes before the messages, on the event loop.
  package func connect(
    host: String, port: Int, prepare: @escaping @Sendable (any Channel) throws -> Void
  ) async throws -> ConnectionDriver {
    do {
      return try await open(keepalive: .network, prepare: prepare) { $0.connect(host: host, port: port) }
    } catch let error as NIOConnectionError {
      let reason =
        error.connectionErrors.first.map { Self.reason($0.error) }
        ?? (error.dnsAError ?? error.dnsAAAAError).map { "\($0)" } ?? "no address"
      throw WherryError(
        .unavailable, "cannot connect to the Wherry daemon at \(host):\(port): \(reason)",
        hint: "is wherry-remote.socket running there, and reachable?", cause: error)
    }
  }

  private static func reason(_ error: any Error) -> String {
    if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
    if case ChannelError.connectTimeout = error { return "no answer in time" }
    return "\(error)"
  }

  private func open(
    keepalive: Keepalive.Timing? = nil,
    prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
    _ start: (ClientBootstrap) -> EventLoopFuture<any Channel>
  ) async throws -> ConnectionDriver {
    let (service, peer, tap) = (service, peer, tap)
    let connection = settings.keepingAlive(keepalive)
    let made = Mutex<ConnectionDriver?>(nil)
    // The handler is there before the channel is connected: the other side's hello may come at once.
    let bootstrap = ClientBootstrap(group: thread.loop)
      .connectTimeout(.seconds(10))
      .channelInitializer { channel in
        let transport = ChannelTransport(channel: channel)
        let driver = ConnectionDriver(
          side: .dialler, settings: connection, peer: peer, service: service, transport: transport,
          time: EventLoopTime(loop: channel.eventLoop), tap: tap)
        transport.attach(driver)
        made.withLock { $0 = driver }
        return channel.eventLoop.makeCompletedFuture {
          try prepare(channel)
          try channel.pipeline.syncOperations.addHandler(RPCChannelHandler(driver: driver))
        }
      }
    _ = try await start(bootstrap).get()
    guard let driver = made.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
    return driver
  }
}
