package import WherryModel
package import WherryRPC
package import WherryWire

/// Who may do what: the one place where it is decided. Asked by the connection before a call's handler runs.
package enum Authorisation {
  /// Each method names the least role that may call it; a method without one cannot exist (the schema demands it).
  package static func refusal(_ method: RPCMethod, _ peer: Peer) -> WherryError? {
    guard peer.role < method.role else { return nil }
    return WherryError(
      .permissionDenied,
      "\(method.name) needs the role \(method.role.name); \(peer.description) is \(peer.role.name)",
      hint: "ask an administrator of this device",
      details: ["method": method.name, "role": peer.role.name, "needed-role": method.role.name])
  }

  /// Whether a call changes something: those are audited.
  package static func isMutating(_ method: RPCMethod) -> Bool { method.role > .viewer }
}
