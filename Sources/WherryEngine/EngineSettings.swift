package import WherryModel

/// What the composition root tells the engine about the device and its configuration.
package struct EngineSettings: Sendable {
  package var platform: Platform
  /// Online processors, the bound of `--cpus`.
  package var processors: Int
  /// What the kernel can enforce of limits.
  package var limits: LimitSupport
  /// cgroup v2 alone: containers get a cgroup namespace.
  package var isUnifiedCgroup: Bool
  /// Kernel and runtime can make all that is mounted below a mount read-only too (Linux 5.12).
  package var makesReadOnlyRecursively = false
  /// Filters system calls of containers that ask for no other profile; none where nil.
  package var seccompProfile: String?
  /// What the engine itself holds, and so can give.
  package var availableCapabilities: [String]
  package var defaultStopTimeout: Duration
  /// The device's own files, for containers on its network.
  package var hostsFile: String
  package var resolverFile: String
  /// subuid(5), subgid(5).
  package var subordinateUsersFile = "/etc/subuid"
  package var subordinateGroupsFile = "/etc/subgid"
  /// Where ports are published that name no address; every address where nil.
  package var publishAddress: IPAddress?
  /// The device's own name.
  package var hostname: String
  /// How many containers are asked for their state at once.
  package var maximumObservations: Int
  package var maximumContainers: Int
  /// The boot before this one did not end in order: layers are looked at before containers start on them,
  package var verifiesLayers = false
  /// for so long at most, all of them together.
  package var verifyBudget = Duration.seconds(20)
  /// What the device's storage can bear, where its owner has said so.
  package var storageRating: StorageRating?
  /// What is removed by itself.
  package var cleanup = CleanupPolicy()
  /// Where problems go that no caller waits for; a journal line each.
  package var report: @Sendable (String) -> Void
  /// Passes time; tests pass none.
  package var sleep: @Sendable (Duration) async throws -> Void

  package init(
    platform: Platform = .current, processors: Int = 1, isUnifiedCgroup: Bool = true,
    limits: LimitSupport? = nil,
    seccompProfile: String? = "/usr/share/containers/seccomp.json",
    availableCapabilities: [String] = Capabilities.all, defaultStopTimeout: Duration = .seconds(10),
    hostsFile: String = "/etc/hosts",
    resolverFile: String = "/etc/resolv.conf", hostname: String = "localhost", maximumObservations: Int = 16,
    maximumContainers: Int = 4096,
    report: @escaping @Sendable (String) -> Void = { _ in },
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.platform = platform
    self.processors = processors
    self.isUnifiedCgroup = isUnifiedCgroup
    self.limits = limits ?? .all(processors: processors)
    self.seccompProfile = seccompProfile
    self.availableCapabilities = availableCapabilities
    self.defaultStopTimeout = defaultStopTimeout
    self.hostsFile = hostsFile
    self.resolverFile = resolverFile
    self.hostname = hostname
    self.maximumObservations = maximumObservations
    self.maximumContainers = maximumContainers
    self.report = report
    self.sleep = sleep
  }
}
