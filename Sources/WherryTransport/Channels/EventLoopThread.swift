package import NIOCore
import NIOPosix

/// The one thread on which all sockets of a process are seen to.
package final class EventLoopThread: Sendable {
  private let group: MultiThreadedEventLoopGroup
  package let loop: any EventLoop

  package init() {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    loop = group.next()
  }

  /// Closes every channel and ends the thread.
  package func shutDown() async throws {
    try await group.shutdownGracefully()
  }
}
