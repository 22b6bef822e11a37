package import WherryWire

/// What a handler knows of the call it serves.
package struct CallContext: Sendable {
  package var peer: Peer
  package var method: RPCMethod
  /// When the caller stops waiting; the handler's task is cancelled then.
  package var deadline: ContinuousClock.Instant?

  package init(peer: Peer, method: RPCMethod, deadline: ContinuousClock.Instant? = nil) {
    self.peer = peer
    self.method = method
    self.deadline = deadline
  }
}
