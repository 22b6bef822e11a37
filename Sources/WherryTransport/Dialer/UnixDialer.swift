import Glibc
import NIOCore
import NIOPosix
import Synchronization
import WherryModel
package import WherryRPC

/// Connects to a daemon's unix socket.
package struct UnixDialer: Sendable {
  private let thread: EventLoopThread
  package var settings = ConnectionSettings()
  package var timeout = Duration.seconds(10)
  /// What this side serves to the daemon, and as whom it takes it.
  package var service = Service.none
  package var peer = Peer(role: .viewer, description: "the daemon")

  package init(thread: EventLoopThread) {
    self.thread = thread
  }

  /// A connection to whoever listens on `path`. Calls on it may be made at once.
  package func connect(_ path: String) async throws -> ConnectionDriver {
    _ = try SocketPath.address(path)
    let deadline = ContinuousClock.now + timeout
    while true {
      do {
        return try await attempt(path)
      } catch let error as IOError where error.errnoCode == EAGAIN && ContinuousClock.now < deadline {
        // The queue of the socket is full, and the kernel offers nothing to wait for (unix(7)).
        try await Task.sleep(for: .milliseconds(20))
      } catch let error as IOError {
        throw WherryError(
          .unavailable,
          "cannot connect to the Wherry daemon at \(path): \(String(cString: strerror(error.errnoCode)))",
          hint: "is wherry.socket running? are you root or in group wherry?", cause: error)
      }
    }
  }

  private func attempt(_ path: String) async throws -> ConnectionDriver {
    let (settings, service, peer) = (settings, service, peer)
    let made = Mutex<ConnectionDriver?>(nil)
    // The handler is there before the channel is connected: the daemon's hello may come at once.
    _ = try await ClientBootstrap(group: thread.loop)
      .connectTimeout(.seconds(10))
      .channelInitializer { channel in
        let transport = ChannelTransport(channel: channel)
        let driver = ConnectionDriver(
          side: .dialler, settings: settings, peer: peer, service: service, transport: transport,
          time: EventLoopTime(loop: channel.eventLoop))
        transport.attach(driver)
        made.withLock { $0 = driver }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RPCChannelHandler(driver: driver))
        }
      }
      .connect(unixDomainSocketPath: path).get()
    guard let driver = made.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
    return driver
  }
}
