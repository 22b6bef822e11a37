import NIOCore
import NIOPosix
import Synchronization
import WherryModel
package import WherryRPC

/// Serves local clients on listening unix sockets.
package final class UnixListener: Sendable {
  /// Says who a client is and what it may do; nil refuses it. May look up groups: it runs in a task.
  package typealias Policy = @Sendable (PeerCredentials) async -> Peer?

  private let thread: EventLoopThread
  private let sockets: [ListeningSocket]
  let settings: ListenerSettings
  private let policy: Policy
  private let service: Service
  let state: Mutex<ListenerState>

  package init(
    _ sockets: [ListeningSocket], thread: EventLoopThread, settings: ListenerSettings = ListenerSettings(),
    policy: @escaping Policy, service: Service
  ) {
    self.thread = thread
    self.sockets = sockets
    var settings = settings
    settings.maximumConnections = DescriptorLimit.connections(atMost: settings.maximumConnections)
    self.settings = settings
    self.policy = policy
    self.service = service
    state = Mutex(ListenerState(now: .now))
  }

  /// Accepts connections until `stopAccepting`. May be called again after that.
  package func startAccepting() async throws {
    state.withLock { $0.leaving = nil }
    for socket in sockets {
      let descriptor = try socket.duplicate()
      let channel = try await ServerBootstrap(group: thread.loop)
        .serverChannelOption(.backlog, value: 4096)
        .childChannelOption(.autoRead, value: false)
        .childChannelInitializer { self.accepted($0) }
        .withBoundSocket(descriptor).get()
      state.withLock { $0.accepting.append(channel) }
    }
  }

  /// Accepts no more. The sockets stay open: the kernel queues who connects now, for the next
  /// `startAccepting` or, where systemd holds the socket too, for the next daemon.
  package func stopAccepting() async throws {
    let channels = state.withLock { state in
      defer { state.accepting = [] }
      return state.accepting
    }
    for channel in channels { try await channel.close().get() }
  }

  /// The channel reads nothing until it is known who is there. It is not kept waiting in the
  /// initializer for that: it would be dropped if we stopped accepting meanwhile.
  private func accepted(_ channel: any Channel) -> EventLoopFuture<Void> {
    PeerCredentials.read(from: channel).map { credentials in
      let refusal = self.state.withLock {
        $0.admit(channel, uid: credentials.uid, settings: self.settings, now: .now)
      }
      if let refusal { return self.refuse(channel, refusal.message) }
      channel.closeFuture.whenComplete { _ in self.state.withLock { $0.remove(channel) } }
      channel.eventLoop.makeFutureWithTask { await self.policy(credentials) }.whenSuccess { peer in
        if let peer {
          self.serve(channel, peer)
        } else {
          self.refuse(channel, "\(credentials.description) may not use this socket")
        }
      }
    }
  }

  private func serve(_ channel: any Channel, _ peer: Peer) {
    let transport = ChannelTransport(channel: channel)
    let observer = ServiceObserver { [weak self] change in
      self?.state.withLock { $0.handlersChanged(change, now: .now) }
    }
    let driver = ConnectionDriver(
      side: .acceptor, settings: settings.connection, peer: peer, service: service, observer: observer,
      transport: transport, time: EventLoopTime(loop: channel.eventLoop))
    transport.attach(driver)
    add(RPCChannelHandler(driver: driver), to: channel)
    let leaving = state.withLock { state in
      state.members[ObjectIdentifier(channel)]?.driver = driver
      return state.leaving
    }
    if let leaving { driver.leave(leaving) }
  }

  /// Says why, and closes.
  private func refuse(_ channel: any Channel, _ reason: String) {
    add(RefusalHandler(reason: reason), to: channel)
  }

  private func add(_ handler: sending any ChannelInboundHandler, to channel: any Channel) {
    do {
      try channel.pipeline.syncOperations.addHandler(handler)
      channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
    } catch {
      // It was closed meanwhile.
      channel.close(promise: nil)
    }
  }
}

/// Tells a client which is not served why, and closes.
private final class RefusalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let reason: String

  init(reason: String) {
    self.reason = reason
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { refuse(context.channel) }
  }

  func channelActive(context: ChannelHandlerContext) {
    refuse(context.channel)
  }

  private func refuse(_ channel: any Channel) {
    let frame = Message.goingAway(lastStream: .none, reason: reason).framed()
    channel.writeAndFlush(channel.allocator.buffer(bytes: frame)).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
