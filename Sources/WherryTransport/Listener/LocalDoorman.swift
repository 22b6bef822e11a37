package import NIOCore
package import WherryRPC

/// Knows the peers of unix sockets by what the kernel says of them.
package struct LocalDoorman: Doorman {
  /// Says who a client is and what it may do; nil refuses it. May look up groups: it runs in a task.
  package typealias Policy = @Sendable (PeerCredentials) async -> Peer?

  package let speaksFirst = true
  private let policy: Policy

  package init(policy: @escaping Policy) {
    self.policy = policy
  }

  package func origin(of channel: any Channel) -> EventLoopFuture<String> {
    PeerCredentials.read(from: channel).map { "uid \($0.uid)" }
  }

  package func identify(_ channel: any Channel) -> EventLoopFuture<Verdict> {
    let policy = policy
    return PeerCredentials.read(from: channel).flatMap { credentials in
      channel.eventLoop.makeFutureWithTask {
        guard let peer = await policy(credentials) else {
          return .refused("\(credentials.description) may not use this socket")
        }
        return .welcome(peer)
      }
    }
  }
}
