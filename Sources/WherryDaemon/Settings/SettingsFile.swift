import WherryImages
import WherryLinux
package import WherryModel
import WherryOCI

/// `/etc/wherry/daemon.json`: one object, every key optional, an unknown key an error that names it.
package struct SettingsFile: Decodable {
  enum Key: String, CodingKey, CaseIterable {
    case stateDirectory = "state-directory"
    case runDirectory = "run-directory"
    case idleExit = "idle-exit"
    case supervisor
    case runtime
    case group
    case operatorGroups = "operator-groups"
    case viewerGroups = "viewer-groups"
    case remote
    case tlsDirectory = "tls-directory"
    case publishAddress = "ip"
    case insecureRegistries = "insecure-registries"
    case maximumConnections = "max-connections"
    case maximumConnectionsPerPeer = "max-connections-per-peer"
    case helloTimeout = "hello-timeout"
    case verifyAfterUncleanBoot = "verify-after-unclean-boot"
    case storageRating = "storage-rating"
    case cleanup
    case pluginDirectories = "plugin-directories"
    case authorizationPlugins = "authorization-plugins"
    case registries
    case signatures
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var stateDirectory: String?
  var runDirectory: String?
  var idleExit: Double?
  var supervisor: String?
  var runtime: String?
  var group: String?
  var operatorGroups: [String]?
  var viewerGroups: [String]?
  var remote: String?
  var tlsDirectory: String?
  var publishAddress: String?
  var insecureRegistries: [String]?
  var maximumConnections: Int?
  var maximumConnectionsPerPeer: Int?
  var helloTimeout: Double?
  var verifyAfterUncleanBoot: Bool?
  var storageRating: StorageRatingKeys?
  var cleanup: CleanupKeys?
  var pluginDirectories: [String]?
  var authorizationPlugins: [String]?
  var registries: RegistryKeys?
  var signatures: [String: SignatureKeys]?

  package init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw WherryError(
        .invalidArgument, "unknown key \(String(key.stringValue.prefix(80)).debugDescription)",
        hint: "known keys: " + Key.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let values = try decoder.container(keyedBy: Key.self)
    stateDirectory = try values.decodeIfPresent(String.self, forKey: .stateDirectory)
    runDirectory = try values.decodeIfPresent(String.self, forKey: .runDirectory)
    idleExit = try values.decodeIfPresent(Double.self, forKey: .idleExit)
    supervisor = try values.decodeIfPresent(String.self, forKey: .supervisor)
    runtime = try values.decodeIfPresent(String.self, forKey: .runtime)
    group = try values.decodeIfPresent(String.self, forKey: .group)
    operatorGroups = try values.decodeIfPresent([String].self, forKey: .operatorGroups)
    viewerGroups = try values.decodeIfPresent([String].self, forKey: .viewerGroups)
    remote = try values.decodeIfPresent(String.self, forKey: .remote)
    tlsDirectory = try values.decodeIfPresent(String.self, forKey: .tlsDirectory)
    publishAddress = try values.decodeIfPresent(String.self, forKey: .publishAddress)
    insecureRegistries = try values.decodeIfPresent([String].self, forKey: .insecureRegistries)
    maximumConnections = try values.decodeIfPresent(Int.self, forKey: .maximumConnections)
    maximumConnectionsPerPeer = try values.decodeIfPresent(Int.self, forKey: .maximumConnectionsPerPeer)
    helloTimeout = try values.decodeIfPresent(Double.self, forKey: .helloTimeout)
    verifyAfterUncleanBoot = try values.decodeIfPresent(Bool.self, forKey: .verifyAfterUncleanBoot)
    storageRating = try values.decodeIfPresent(StorageRatingKeys.self, forKey: .storageRating)
    cleanup = try values.decodeIfPresent(CleanupKeys.self, forKey: .cleanup)
    pluginDirectories = try values.decodeIfPresent([String].self, forKey: .pluginDirectories)
    authorizationPlugins = try values.decodeIfPresent([String].self, forKey: .authorizationPlugins)
    registries = try values.decodeIfPresent(RegistryKeys.self, forKey: .registries)
    signatures = try values.decodeIfPresent([String: SignatureKeys].self, forKey: .signatures)
  }

  package static let maximumSize = 64 << 10

  /// Parses the text of a settings file; `path` is for errors.
  package static func parse(_ bytes: [UInt8], path: String) throws(WherryError) -> SettingsFile {
    try StrictJSON.decode(SettingsFile.self, from: bytes, what: path, maximumSize: maximumSize)
  }

  /// Overrides what the file sets.
  package func apply(to settings: inout DaemonSettings) throws(WherryError) {
    if let stateDirectory {
      settings.stateDirectory = try DaemonSettings.directory(stateDirectory, of: "state-directory")
    }
    if let runDirectory {
      settings.runDirectory = try DaemonSettings.directory(runDirectory, of: "run-directory")
    }
    if let idleExit { settings.idleExit = try DaemonSettings.idleExit(seconds: idleExit) }
    if let supervisor { settings.supervisor = try DaemonSettings.supervisor(named: supervisor) }
    if let runtime { settings.runtime = try DaemonSettings.directory(runtime, of: "runtime") }
    if let group { settings.group = group }
    if let operatorGroups { settings.operatorGroups = operatorGroups }
    if let viewerGroups { settings.viewerGroups = viewerGroups }
    if let remote { settings.remote = remote }
    if let tlsDirectory {
      settings.tlsDirectory = try DaemonSettings.directory(tlsDirectory, of: "tls-directory")
    }
    if let publishAddress { settings.publishAddress = try DaemonSettings.publishAddress(publishAddress) }
    if let insecureRegistries { settings.insecureRegistries = insecureRegistries }
    if let maximumConnections {
      settings.maximumConnections = try DaemonSettings.connections(maximumConnections, of: "max-connections")
    }
    if let maximumConnectionsPerPeer {
      settings.maximumConnectionsPerPeer = try DaemonSettings.connections(
        maximumConnectionsPerPeer, of: "max-connections-per-peer")
    }
    if let verifyAfterUncleanBoot { settings.verifiesAfterUncleanBoot = verifyAfterUncleanBoot }
    if let storageRating { settings.storageRating = try storageRating.rating() }
    try cleanup?.apply(to: &settings.cleanup)
    if let pluginDirectories {
      settings.pluginDirectories = try DaemonSettings.pluginDirectories(pluginDirectories)
    }
    if let authorizationPlugins {
      settings.authorizationPlugins = try DaemonSettings.authorizationPlugins(authorizationPlugins)
    }
    try registries?.apply(to: &settings.registries)
    if let signatures { settings.registries.signatures = try SignatureKeys.policy(signatures) }
    if let helloTimeout { settings.helloTimeout = try DaemonSettings.helloTimeout(seconds: helloTimeout) }
  }
}

extension DaemonSettings {
  /// The defaults, overridden by `file`; by the default file, which may be missing, where nil.
  static func read(_ file: String?) throws(WherryError) -> DaemonSettings {
    let path = file ?? defaultFile
    let bytes = try WherryError.converting { () throws(SystemError) in
      file == nil
        ? try Files.readIfPresent(path, maximum: SettingsFile.maximumSize)
        : try Files.read(path, maximum: SettingsFile.maximumSize)
    }
    var settings = DaemonSettings()
    if let bytes { try SettingsFile.parse(bytes, path: path).apply(to: &settings) }
    return settings
  }
}
