package import NIOCore
package import WherryRPC

/// One way into a listener: sockets, and who sees to it who comes through them.
package struct Entrance: Sendable {
  package var sockets: [ListeningSocket]
  package var doorman: any Doorman
  /// For sockets whose peers may vanish without a word.
  package var keepalive: Keepalive.Timing?

  package init(_ sockets: [ListeningSocket], _ doorman: any Doorman, keepalive: Keepalive.Timing? = nil) {
    self.sockets = sockets
    self.doorman = doorman
    self.keepalive = keepalive
  }
}

/// Finds out who is at the other end of an accepted connection. Everything is called on the channel's event loop.
package protocol Doorman: Sendable {
  /// Whether words can be said to a peer before it is identified.
  var speaksFirst: Bool { get }

  /// What a connection counts against, for the bound on each: `uid 1000`, `address 10.0.0.7`.
  func origin(of channel: any Channel) -> EventLoopFuture<String>

  /// Who it is. The channel reads nothing of itself yet; a doorman that must read adds its handlers and lets it.
  /// The answer is given synchronously with the event that decides it, so that no byte after that is lost.
  /// A future that fails closes the connection without a word.
  func identify(_ channel: any Channel) -> EventLoopFuture<Verdict>
}

package enum Verdict: Sendable {
  case welcome(Peer)
  /// The reason is told.
  case refused(String)
}
