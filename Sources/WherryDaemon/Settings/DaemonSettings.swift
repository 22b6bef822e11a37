package import WherryEngine
package import WherryImages
package import WherryModel
import WherryPlugins

/// Everything that can be set about the daemon, with its default. `wherry daemon`'s flags override
/// `/etc/wherry/daemon.json`, which overrides these.
package struct DaemonSettings: Sendable, Equatable {
  package enum SupervisorChoice: String, Sendable, CaseIterable {
    /// systemd where it is PID 1, conmon elsewhere.
    case auto
    case systemd
    case conmon
  }

  package static let defaultFile = "/etc/wherry/daemon.json"

  package var stateDirectory = "/var/lib/wherry"
  package var runDirectory = "/run/wherry"
  /// Where to listen when systemd passed no socket; `wherry.sock` in the run directory where nil.
  package var socket: String?
  /// `address:port` to serve TLS on when systemd passed no socket for that; not at all where nil.
  package var remote: String?
  /// With `ca.pem`, `cert.pem` and `key.pem`, read when TLS is served.
  package var tlsDirectory = "/etc/wherry/tls"
  /// Local groups whose members may do less than the admins' group.
  package var operatorGroups: [String] = []
  package var viewerGroups: [String] = []
  /// How long the socket-activated daemon stays after the last call. Zero: for ever.
  package var idleExit = Duration.seconds(15)
  package var supervisor = SupervisorChoice.auto
  /// Path of the OCI runtime; found by itself where nil.
  package var runtime: String?
  /// Local members of this group are admins, as root is.
  package var group = "wherry"
  /// Where ports are published that name no address; every address where nil.
  package var publishAddress: IPAddress?
  /// `host:port` of registries that may be spoken to over plain HTTP. Loopback always may.
  package var insecureRegistries: [String] = []
  /// Whether layers are looked at before containers start on them, after a boot before which the power went.
  package var verifiesAfterUncleanBoot = true
  /// What the device's card or disk can bear; not known where nil.
  package var storageRating: StorageRating?
  /// What is removed by itself.
  package var cleanup = CleanupPolicy()
  /// Where plugins are looked for; the first folder that has one of a name wins.
  package var pluginDirectories = PluginFolders.standard
  /// Asked, in this order, whether a call may be made.
  package var authorizationPlugins: [String] = []
  /// How registries are reached: mirrors, proxies, certificates, limits; and which of their images must be signed.
  package var registries = RegistrySettings()

  /// How many clients may be connected at once, and how many of one local user or one network address.
  package var maximumConnections = 4096
  package var maximumConnectionsPerPeer = 1024
  /// How long a client may take to say hello.
  package var helloTimeout = Duration.seconds(45)

  package init() {}

  /// The socket to make when systemd passed none.
  package var listenPath: String { socket ?? runDirectory + "/wherry.sock" }
}

extension DaemonSettings {
  static func supervisor(named name: String) throws(WherryError) -> SupervisorChoice {
    guard let choice = SupervisorChoice(rawValue: name) else {
      let known = SupervisorChoice.allCases.map(\.rawValue).joined(separator: ", ")
      throw WherryError(
        .invalidArgument, "unknown supervisor \(name.debugDescription)", hint: "use one of \(known)")
    }
    return choice
  }

  /// Seconds from 0 (never exit) to a day.
  static func idleExit(seconds: Double) throws(WherryError) -> Duration {
    guard (0...86_400).contains(seconds) else {
      throw WherryError(
        .invalidArgument, "idle-exit of \(seconds) s", hint: "give 0 (never) to 86400 seconds")
    }
    return .seconds(seconds)
  }

  static func connections(_ count: Int, of key: String) throws(WherryError) -> Int {
    guard (1...65_536).contains(count) else {
      throw WherryError(.invalidArgument, "\(key) of \(count)", hint: "give 1 to 65536")
    }
    return count
  }

  /// A tenth of a second to an hour.
  static func helloTimeout(seconds: Double) throws(WherryError) -> Duration {
    guard (0.1...3600).contains(seconds) else {
      throw WherryError(
        .invalidArgument, "hello-timeout of \(seconds) s", hint: "give 0.1 to 3600 seconds")
    }
    return .seconds(seconds)
  }

  static func publishAddress(_ text: String) throws(WherryError) -> IPAddress {
    guard let address = IPAddress(text) else {
      throw WherryError(
        .invalidArgument, "ip \(String(text.prefix(80)).debugDescription) is not an address",
        hint: "give an address of this device, 127.0.0.1 for example, or 0.0.0.0 for all of IPv4")
    }
    return address
  }

  static func pluginDirectories(_ paths: [String]) throws(WherryError) -> [String] {
    guard (1...8).contains(paths.count) else {
      throw WherryError(
        .invalidArgument, "plugin-directories has \(paths.count) folders", hint: "give 1 to 8")
    }
    for path in paths { _ = try directory(path, of: "plugin-directories") }
    return paths
  }

  static func authorizationPlugins(_ names: [String]) throws(WherryError) -> [String] {
    for name in names where !PluginFile.isName(name) {
      throw WherryError(
        .invalidArgument,
        "authorization-plugins: \(String(name.prefix(80)).debugDescription) is no plugin's name",
        hint: "give names of files in a plugin folder, without .socket")
    }
    guard names.count <= 16, Set(names).count == names.count else {
      throw WherryError(
        .invalidArgument, "authorization-plugins names one twice, or more than 16", hint: "give each once")
    }
    return names
  }

  static func directory(_ path: String, of key: String) throws(WherryError) -> String {
    guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count <= 1_024 else {
      throw WherryError(
        .invalidArgument, "\(key) \(String(path.prefix(80)).debugDescription) is not an absolute path")
    }
    return path
  }
}
