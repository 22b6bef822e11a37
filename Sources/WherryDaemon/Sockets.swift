import WherryLinux
import WherryModel
import WherrySystemd
import WherryTransport

/// What the daemon listens on: systemd's sockets, or one of its own.
struct Sockets {
  /// `FileDescriptorName=` in wherry.socket.
  static let localName = "wherry"

  var listening: [ListeningSocket]
  /// The sockets outlive this process: it may exit when it is idle.
  var isActivated: Bool

  init(_ settings: DaemonSettings) throws(WherryError) {
    let inherited = try WherryError.converting { () throws(SystemError) in try SocketActivation.listen() }
    if inherited.isEmpty {
      let group = try WherryError.converting { () throws(SystemError) in
        try HostUsers.group(named: settings.group)
      }
      listening = [try ListeningSocket(path: settings.listenPath, group: group)]
      isActivated = false
      return
    }
    if let stranger = inherited.first(where: { !$0.name.hasPrefix(Self.localName) }) {
      throw WherryError(
        .invalidArgument, "systemd passed a socket named \(stranger.name), which is not known",
        hint: "set FileDescriptorName=\(Self.localName) in the socket unit")
    }
    listening = inherited.map { ListeningSocket(inherited: $0.descriptor) }
    isActivated = true
  }
}
