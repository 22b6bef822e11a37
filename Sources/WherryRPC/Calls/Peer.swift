package import WherryModel

/// Who is at the other end of a connection, as the transport found out.
package struct Peer: Sendable, Hashable {
  /// What the peer may do.
  package var role: Role
  /// For people and logs: `uid 1000 pid 4711`, or a certificate's name.
  package var description: String
  package var uid: UInt32?
  package var pid: Int32?

  package init(role: Role, description: String, uid: UInt32? = nil, pid: Int32? = nil) {
    self.role = role
    self.description = description
    self.uid = uid
    self.pid = pid
  }
}
