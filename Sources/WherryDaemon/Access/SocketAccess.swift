import Glibc
import WherryLinux
import WherryModel

/// Lets the groups of the settings reach the local socket, whose mode is for one group. What they may do there,
/// `LocalAccess` says.
enum SocketAccess {
  static func share(_ path: String, _ settings: DaemonSettings) throws(WherryError) {
    let names = settings.operatorGroups + settings.viewerGroups
    do throws(SystemError) {
      var groups: [UInt32] = []
      for name in names {
        if let group = try HostUsers.group(named: name) { groups.append(group) }
      }
      try AccessControlList.share(path, with: groups)
    } catch {
      // A file system without lists matters only where there is somebody to list.
      if names.isEmpty && error.errno == EOPNOTSUPP { return }
      throw WherryError(
        .failedPrecondition, "cannot let the groups \(names.joined(separator: ", ")) use \(path): \(error)",
        hint: "give the socket a mode that does, such as SocketMode=0666: the daemon refuses everybody else")
    }
  }

  /// `wherry daemon socket-access PATH`, from wherry.socket: before the first connection there is no daemon to do it.
  static func main(_ arguments: [String]) -> Int32 {
    do throws(WherryError) {
      guard let path = arguments.first, arguments.count == 1 else {
        throw WherryError(.invalidArgument, "socket-access needs the path of the socket")
      }
      try share(path, try DaemonSettings.read(nil))
      return 0
    } catch {
      let line = Array("wherry daemon socket-access: \(error)\n".utf8)
      write(STDERR_FILENO, line, line.count)
      return 1
    }
  }
}
