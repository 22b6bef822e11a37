package import WherryModel
package import WherryWire

/// What one side of a connection serves, and to whom.
package struct Service: Sendable {
  /// Gives the error with which a call is refused, or nil. Asked once for every call, before its handler.
  package var authorise: @Sendable (RPCMethod, Peer) -> WherryError?
  /// Serves one call. Its task is cancelled when the caller cancels, times out or is gone.
  package var handle: @Sendable (IncomingCall) async -> Void

  package init(
    authorise: @escaping @Sendable (RPCMethod, Peer) -> WherryError? = Service.byRole,
    handle: @escaping @Sendable (IncomingCall) async -> Void
  ) {
    self.authorise = authorise
    self.handle = handle
  }

  /// A side that only calls.
  package static let none = Service(
    authorise: { method, _ in
      WherryError(.unsupported, "\(method.name): this side serves no calls")
    }, handle: { _ in })

  /// The rule of the wire's schema: each method names the least role that may call it.
  package static func byRole(_ method: RPCMethod, _ peer: Peer) -> WherryError? {
    guard peer.role < method.role else { return nil }
    return WherryError(
      .permissionDenied,
      "\(method.name) needs the role \(method.role.name); \(peer.description) is \(peer.role.name)")
  }
}

/// Told of the calls a connection serves, by whoever counts them.
package struct ServiceObserver: Sendable {
  /// A handler is about to run, or has ended.
  package var handlersChanged: @Sendable (_ by: Int) -> Void

  package init(handlersChanged: @escaping @Sendable (_ by: Int) -> Void = { _ in }) {
    self.handlersChanged = handlersChanged
  }
}
