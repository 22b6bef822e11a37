package import NIOCore
import NIOPosix
import Synchronization
import WherryModel

/// Accepts connections that speak something else than the RPC, for whoever knows their protocol.
package final class StreamListener: Sendable {
  private let sockets: [ListeningSocket]
  private let thread: EventLoopThread
  private let accepting = Mutex<[any Channel]>([])

  package init(_ sockets: [ListeningSocket], thread: EventLoopThread) {
    self.sockets = sockets
    self.thread = thread
  }

  /// Accepts connections until `stopAccepting`. `accepted` adds the handlers, on the channel's event loop; a future
  /// that fails closes the connection.
  package func startAccepting(
    _ accepted: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
  ) async throws {
    for socket in sockets {
      let descriptor = try socket.duplicate()
      let channel = try await ServerBootstrap(group: thread.loop)
        .serverChannelOption(.backlog, value: 4096)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelOption(.socketOption(.so_keepalive), value: 1)
        .childChannelInitializer(accepted)
        .withBoundSocket(descriptor).get()
      accepting.withLock { $0.append(channel) }
    }
  }

  /// Accepts no more. The sockets stay open: the kernel queues who connects now.
  package func stopAccepting() async throws {
    let channels = accepting.withLock { channels in
      defer { channels = [] }
      return channels
    }
    for channel in channels { try await channel.close().get() }
  }
}
