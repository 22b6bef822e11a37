import Logging
import WherryLinux
import WherryModel
import WherryRPC
import WherryTransport

/// Who may use the local socket: root and the members of one group as admin, members of other groups with less where
/// the settings say so. Nobody else.
struct LocalAccess: Sendable {
  /// The first group that a user is in decides.
  private let roles: [(role: Role, groups: [String])]
  let pool: BlockingPool
  let logger: Logger

  init(_ settings: DaemonSettings, pool: BlockingPool, logger: Logger) {
    roles = [
      (.admin, [settings.group]), (.operator, settings.operatorGroups), (.viewer, settings.viewerGroups),
    ]
    self.pool = pool
    self.logger = logger
  }

  func peer(_ credentials: PeerCredentials) async -> Peer? {
    guard let role = await role(credentials) else {
      logger.warning(
        "refused a connection",
        metadata: ["peer_uid": "\(credentials.uid)", "peer_pid": "\(credentials.pid)"])
      return nil
    }
    return Peer(
      role: role, description: credentials.description, uid: credentials.uid, pid: credentials.pid)
  }

  /// Looking up groups may ask the network (nsswitch.conf(5)), so it is done on the pool, and not for root.
  private func role(_ credentials: PeerCredentials) async -> Role? {
    if credentials.uid == 0 { return .admin }
    do {
      return try await pool.run { [roles] () throws(SystemError) in
        let member = Set(try HostUsers.groups(ofUser: credentials.uid, primary: credentials.gid))
        for (role, names) in roles {
          for name in names {
            if let group = try HostUsers.group(named: name), member.contains(group) { return role }
          }
        }
        return nil
      }
    } catch {
      logger.error(
        "cannot look up the groups of a peer",
        metadata: ["peer_uid": "\(credentials.uid)", "error": "\(error)"])
      return nil
    }
  }
}
