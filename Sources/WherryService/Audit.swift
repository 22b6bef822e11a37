package import WherryModel
package import WherryRPC
package import WherryWire

/// One line of the audit: who changed what, and what came of it. Never holds environments, arguments or input.
package struct AuditEntry: Sendable {
  package var peer: Peer
  package var method: RPCMethod
  /// The container, image or name the call is about.
  package var object: String
  /// Nil where it succeeded.
  package var failure: WherryError?

  package init(peer: Peer, method: RPCMethod, object: String, failure: WherryError? = nil) {
    self.peer = peer
    self.method = method
    self.object = object
    self.failure = failure
  }

  package var isPrivileged: Bool = false
}

extension AuditEntry: CustomStringConvertible {
  package var description: String {
    let outcome = failure.map { "failed: \($0.message)" } ?? "done"
    let mark = isPrivileged ? " (privileged)" : ""
    return "\(method.name) \(object)\(mark) by \(peer.description): \(outcome)"
  }
}
