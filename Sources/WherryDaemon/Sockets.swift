import WherryLinux
import WherryModel
import WherrySystemd
import WherryTransport

/// What the daemon listens on: systemd's sockets, or one of its own.
struct Sockets {
  /// `FileDescriptorName=` in wherry.socket.
  static let localName = "wherry"
  /// In wherry-remote.socket.
  static let remoteName = "wherry-remote"

  var local: [ListeningSocket]
  /// Only TLS is spoken there.
  var remote: [ListeningSocket]
  /// The sockets outlive this process: it may exit when it is idle.
  var isActivated: Bool

  init(_ settings: DaemonSettings) throws(WherryError) {
    let inherited = try WherryError.converting { () throws(SystemError) in try SocketActivation.listen() }
    if inherited.isEmpty {
      let group = try WherryError.converting { () throws(SystemError) in
        try HostUsers.group(named: settings.group)
      }
      local = [try ListeningSocket(path: settings.listenPath, group: group)]
      remote = []
      if let address = settings.remote { remote = [try ListeningSocket(address: address)] }
      isActivated = false
      return
    }
    if let stranger = inherited.first(where: { ![Self.localName, Self.remoteName].contains($0.name) }) {
      throw WherryError(
        .invalidArgument, "systemd passed a socket named \(stranger.name), which is not known",
        hint: "set FileDescriptorName=\(Self.localName) or \(Self.remoteName) in the socket unit")
    }
    local = inherited.filter { $0.name == Self.localName }.map { ListeningSocket(inherited: $0.descriptor) }
    remote = inherited.filter { $0.name == Self.remoteName }.map { ListeningSocket(inherited: $0.descriptor) }
    isActivated = true
  }
}
