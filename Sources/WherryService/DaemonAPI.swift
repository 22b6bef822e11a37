package import WherryEngine
import WherryModel
package import WherryRPC
import WherryWire

/// The engine as the wire sees it: a request comes in, is done, and is answered.
package struct DaemonAPI: Sendable {
  let engine: Engine
  let facts: DaemonFacts
  let audit: @Sendable (AuditEntry) -> Void

  package init(
    engine: Engine, facts: DaemonFacts, audit: @escaping @Sendable (AuditEntry) -> Void = { _ in }
  ) {
    self.engine = engine
    self.facts = facts
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

  /// Runs a call, maps what it throws, and leaves a line in the audit where it changes something.
  func serve<Value>(
    _ context: CallContext, _ object: String, isPrivileged: Bool = false, _ body: () async throws -> Value
  ) async throws -> Value {
    var entry = AuditEntry(peer: context.peer, method: context.method, object: Printable.text(object))
    entry.isPrivileged = isPrivileged
    do {
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
