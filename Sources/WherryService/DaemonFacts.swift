/// What the composition root knows of the daemon and the device, for `version` and `info`.
package struct DaemonFacts: Sendable {
  package var version: String
  package var protocolVersion: UInt64
  package var os: String
  package var architecture: String
  package var kernel: String
  /// Path of the OCI runtime.
  package var runtime: String
  /// Asked for only when somebody wants to know: it starts the runtime.
  package var runtimeVersion: @Sendable () async -> String
  /// `v2`, `v1` or `hybrid`.
  package var cgroup: String
  package var stateDirectory: String
  package var runDirectory: String
  package var operatingSystem: String
  package var processors: UInt64
  package var memory: UInt64
  package var hostname: String
  package var warnings: [String]
  /// Whose members may use the daemon.
  package var group = "wherry"
  /// Whether systemd listens for it.
  package var isActivated = true
  /// Asked, in this order, whether a call may be made.
  package var authorizationPlugins: [String] = []
  /// Through which registries are asked, without passwords.
  package var proxies: [String] = []

  package init(
    version: String, protocolVersion: UInt64 = 1, os: String = "linux", architecture: String, kernel: String,
    runtime: String, runtimeVersion: @escaping @Sendable () async -> String, cgroup: String,
    stateDirectory: String, runDirectory: String,
    operatingSystem: String, processors: UInt64, memory: UInt64, hostname: String, warnings: [String] = []
  ) {
    self.version = version
    self.protocolVersion = protocolVersion
    self.os = os
    self.architecture = architecture
    self.kernel = kernel
    self.runtime = runtime
    self.runtimeVersion = runtimeVersion
    self.cgroup = cgroup
    self.stateDirectory = stateDirectory
    self.runDirectory = runDirectory
    self.operatingSystem = operatingSystem
    self.processors = processors
    self.memory = memory
    self.hostname = hostname
    self.warnings = warnings
  }
}
