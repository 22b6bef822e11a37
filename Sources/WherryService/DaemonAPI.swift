package import WherryEngine
import WherryModel
package import WherryRPC
import WherryWire

/// The engine as the wire sees it: a request comes in, is done, and is answered.
package struct DaemonAPI: Sendable {
  let engine: Engine
  let facts: DaemonFacts
  /// Nil on a device that has none and asks none.
  let plugins: (any Plugins)?
  let audit: @Sendable (AuditEntry) -> Void

  package init(
    engine: Engine, facts: DaemonFacts, plugins: (any Plugins)? = nil,
    audit: @escaping @Sendable (AuditEntry) -> Void = { _ in }
  ) {
    self.engine = engine
    self.facts = facts
    self.plugins = plugins
    self.audit = audit
  }

  /// What a connection needs to serve this.
  package var service: Service {
    Service(authorise: admit) { call in await dispatch(call, to: self) }
  }

  /// A denied call is told to the caller and to the audit, with who it was.
  private func admit(_ method: RPCMethod, _ peer: Peer) -> WherryError? {
    let refusal = Authorisation.refusal(method, peer)
    if let refusal {
      audit(AuditEntry(peer: peer, method: method, object: "(denied)", failure: refusal))
    }
    return refusal
  }

  /// Runs a call that plugins allow, maps what it throws, and leaves a line in the audit where it changes something.
  func serve<Value>(
    _ context: CallContext, _ object: String, privileges: [String] = [], _ body: () async throws -> Value
  ) async throws -> Value {
    var entry = AuditEntry(peer: context.peer, method: context.method, object: Printable.text(object))
    entry.isPrivileged = privileges.contains("privileged")
    do {
      try await authorize(context, object: object, privileges: privileges)
      let value = try await body()
      if Authorisation.isMutating(context.method) { audit(entry) }
      return value
    } catch {
      let failure = ErrorMapping.wherryError(error)
      entry.failure = failure
      if Authorisation.isMutating(context.method) { audit(entry) }
      throw failure
    }
  }
}
