import NIOCore
import NIOPosix
import Synchronization
import WherryModel
package import WherryRPC

/// Serves clients on listening sockets.
package final class Listener: Sendable {
  private let thread: EventLoopThread
  private let entrances: [Entrance]
  let settings: ListenerSettings
  private let service: Service
  let state: Mutex<ListenerState>

  package init(
    _ entrances: [Entrance], thread: EventLoopThread, settings: ListenerSettings = ListenerSettings(),
    service: Service
  ) {
    self.thread = thread
    self.entrances = entrances
    var settings = settings
    settings.maximumConnections = DescriptorLimit.connections(atMost: settings.maximumConnections)
    self.settings = settings
    self.service = service
    state = Mutex(ListenerState(now: .now))
  }

  /// Accepts connections until `stopAccepting`. May be called again after that.
  package func startAccepting() async throws {
    state.withLock { $0.leaving = nil }
    for entrance in entrances {
      for socket in entrance.sockets {
        let descriptor = try socket.duplicate()
        let channel = try await ServerBootstrap(group: thread.loop)
          .serverChannelOption(.backlog, value: 4096)
          .childChannelOption(.autoRead, value: false)
          .childChannelInitializer { self.accepted($0, entrance) }
          .withBoundSocket(descriptor).get()
        state.withLock { $0.accepting.append(channel) }
      }
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
  private func accepted(_ channel: any Channel, _ entrance: Entrance) -> EventLoopFuture<Void> {
    let doorman = entrance.doorman
    return doorman.origin(of: channel).map { origin in
      let refusal = self.state.withLock {
        $0.admit(channel, origin: origin, settings: self.settings, now: .now)
      }
      if let refusal {
        return doorman.speaksFirst ? self.refuse(channel, refusal.message) : channel.close(promise: nil)
      }
      channel.closeFuture.whenComplete { _ in self.state.withLock { $0.remove(channel) } }
      doorman.identify(channel).whenComplete { verdict in
        switch verdict {
        case .success(.welcome(let peer)): self.serve(channel, peer, entrance.keepalive)
        case .success(.refused(let reason)): self.refuse(channel, reason)
        case .failure: channel.close(promise: nil)
        }
      }
    }
  }

  private func serve(_ channel: any Channel, _ peer: Peer, _ keepalive: Keepalive.Timing?) {
    let transport = ChannelTransport(channel: channel)
    let observer = ServiceObserver { [weak self] change in
      self?.state.withLock { $0.handlersChanged(change, now: .now) }
    }
    let driver = ConnectionDriver(
      side: .acceptor, settings: settings.connection.keepingAlive(keepalive), peer: peer, service: service,
      observer: observer,
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
