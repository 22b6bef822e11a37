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
    Service(authorise: Authorisation.refusal) { call in await dispatch(call, to: self) }
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
