import Logging
import WherryLinux
import WherryModel
import WherryRPC
import WherryTransport

/// Who may use the local socket: root and the members of one group, both as admin. Nobody else.
struct LocalAccess: Sendable {
  let group: String
  let pool: BlockingPool
  let logger: Logger

  func peer(_ credentials: PeerCredentials) async -> Peer? {
    guard await isAdmin(credentials) else {
      logger.warning(
        "refused a connection",
        metadata: ["peer_uid": "\(credentials.uid)", "peer_pid": "\(credentials.pid)"])
      return nil
    }
    return Peer(
      role: .admin, description: credentials.description, uid: credentials.uid, pid: credentials.pid)
  }

  /// Looking up groups may ask the network (nsswitch.conf(5)), so it is done on the pool, and not for root.
  private func isAdmin(_ credentials: PeerCredentials) async -> Bool {
    if credentials.uid == 0 { return true }
    do {
      return try await pool.run { [group] () throws(SystemError) in
        guard let wanted = try HostUsers.group(named: group) else { return false }
        return try HostUsers.groups(ofUser: credentials.uid, primary: credentials.gid).contains(wanted)
      }
    } catch {
      logger.error(
        "cannot look up the groups of a peer",
        metadata: ["peer_uid": "\(credentials.uid)", "error": "\(error)"])
      return false
    }
  }
}
