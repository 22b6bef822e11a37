import WherryLinux
package import WherryModel
package import WherryOCI
package import WherryWire

/// Makes a container's OCI configuration: a pure function of what was asked, what the image says, and a few facts
/// of the device. Labels and annotations of an image never reach it (CVE-2026-53488).
package struct RuntimeSpecBuilder: Sendable {
  package var record: ContainerRecord
  package var user: ResolvedUser
  package var hostname: String
  /// The mounted root.
  package var root: String
  /// Where `hostname`, `hosts` and `resolv.conf` for the container stand on the device.
  package var files: String
  /// The filter for the resolved capabilities; nil where none applies.
  package var seccomp: RuntimeSpec.Seccomp?
  package var isUnifiedCgroup: Bool
  /// Nodes a privileged container gets.
  package var hostDevices: [RuntimeSpec.Device]
  /// What the engine itself may give.
  package var availableCapabilities: [String]
  /// The device's program that is to be the first process, where one is wanted.
  package var initProcess: String?
  /// Devices that were asked for.
  var grant: DeviceGrant?
  var apparmorProfile: String?
  package var namespaces = NamespacePlan()
  /// The one its network belongs to; a new one where nil.
  var userNamespace: String?
  /// Where volumes are on the device, by the place of their mount in the specification.
  var volumes: [Int: VolumeSource] = [:]
  var makesReadOnlyRecursively = false
  /// Bind mounts of what is no folder, by their place in the specification.
  var singleFiles: Set<Int> = []

  package init(
    record: ContainerRecord, user: ResolvedUser, hostname: String, root: String, files: String,
    seccomp: RuntimeSpec.Seccomp? = nil, isUnifiedCgroup: Bool = true, hostDevices: [RuntimeSpec.Device] = [],
    availableCapabilities: [String] = Capabilities.all, initProcess: String? = nil
  ) {
    self.record = record
    self.user = user
    self.hostname = hostname
    self.root = root
    self.files = files
    self.seccomp = seccomp
    self.isUnifiedCgroup = isUnifiedCgroup
    self.hostDevices = hostDevices
    self.availableCapabilities = availableCapabilities
    self.initProcess = initProcess
  }

  init(
    record: ContainerRecord, user: ResolvedUser, hostname: String, root: String, files: String,
    seccomp: RuntimeSpec.Seccomp?, isUnifiedCgroup: Bool, hostDevices: [RuntimeSpec.Device],
    availableCapabilities: [String], initProcess: String?, grant: DeviceGrant, apparmorProfile: String?,
    volumes: [Int: VolumeSource] = [:], makesReadOnlyRecursively: Bool = false
  ) {
    self.init(
      record: record, user: user, hostname: hostname, root: root, files: files, seccomp: seccomp,
      isUnifiedCgroup: isUnifiedCgroup, hostDevices: hostDevices,
      availableCapabilities: availableCapabilities, initProcess: initProcess)
    self.grant = grant
    self.apparmorProfile = apparmorProfile
    self.volumes = volumes
    self.makesReadOnlyRecursively = makesReadOnlyRecursively
  }

  var isPrivileged: Bool { record.spec.security?.privileged ?? false }
  /// Where nil, what the record says.
  var network: RuntimeNetwork?
  var isOnHostNetwork: Bool {
    network.map { $0 == .host } ?? (ContainerRecordFacts.network(record) == "host")
  }

  package func build() throws(WherryError) -> RuntimeSpec {
    RuntimeSpec(
      process: try process(),
      root: .init(path: root, readonly: record.spec.readOnlyRoot ?? false),
      hostname: record.spec.shares("uts") ? nil : hostname,
      mounts: try mounts(),
      linux: linux(),
      hooks: hooks)
  }

  /// The bounding set, sorted.
  package static func capabilities(
    _ security: Security?, privileged: Bool? = nil, available: [String] = Capabilities.all
  ) throws(WherryError) -> [String] {
    try Capabilities.resolve(
      added: security?.addedCapabilities ?? [], dropped: security?.droppedCapabilities ?? [],
      privileged: privileged ?? security?.privileged ?? false, available: available)
  }

  private func process() throws(WherryError) -> RuntimeSpec.Process {
    let terminal = record.spec.terminal ?? false
    var environment = EnvironmentList(record.environment)
    environment.setDefault("HOSTNAME=\(hostname)")
    if terminal { environment.setDefault("TERM=xterm") }
    environment.setDefault("HOME=\(user.home)")
    for entry in edits.flatMap({ $0.env ?? [] }) { environment.set(entry) }
    let bounding = try Self.capabilities(record.spec.security, available: availableCapabilities)
    return RuntimeSpec.Process(
      terminal: terminal, user: user.runtimeUser, args: arguments, env: environment.entries,
      cwd: record.workingDirectory, capabilities: Self.sets(bounding, user: user),
      rlimits: record.spec.runtimeLimits,
      noNewPrivileges: record.spec.security?.noNewPrivileges ?? false,
      apparmorProfile: apparmorProfile,
      oomScoreAdj: record.spec.oomScoreAdjust.flatMap { Int32(exactly: $0) })
  }

  private var arguments: [String] {
    initProcess == nil ? record.arguments : [InitProcess.target, "--"] + record.arguments
  }

  /// As execve(2) leaves them: another user than root has them in the bounding set only. Nothing is inheritable
  /// (CVE-2022-27650).
  static func sets(_ bounding: [String], user: ResolvedUser) -> RuntimeSpec.Capabilities {
    let held = user.uid == 0 ? bounding : []
    return RuntimeSpec.Capabilities(bounding: bounding, effective: held, permitted: held)
  }

  private func linux() -> RuntimeSpec.Linux {
    let joined = self.namespaces.joined
    var namespaces: [RuntimeSpec.Namespace] = []
    for kind in [RuntimeSpec.Namespace.Kind.pid, .ipc, .uts] where !record.spec.shares(kind.rawValue) {
      namespaces.append(.init(kind, path: joined[kind.rawValue]))
    }
    namespaces.append(.init(.mount))
    if isUnifiedCgroup { namespaces.append(.init(.cgroup)) }
    switch network {
    case .path(let path): namespaces.append(.init(.network, path: path))
    case .host: break
    case .fresh, nil: if !isOnHostNetwork { namespaces.append(.init(.network)) }
    }
    let map = record.idMap.map { map in
      [RuntimeSpec.IDMapping(containerID: 0, hostID: map.first, size: map.count)]
    }
    if map != nil { namespaces.append(.init(.user, path: userNamespace)) }
    var linux = RuntimeSpec.Linux(
      namespaces: namespaces,
      devices: devices.isEmpty ? nil : devices,
      resources: .init(
        devices: isPrivileged
          ? [.init(allow: true, access: "rwm")] : DefaultDevices.rules + (grant?.rules ?? [])),
      sysctl: sysctls,
      seccomp: isPrivileged ? nil : seccomp,
      rootfsPropagation: MountPlan.rootPropagation(record.spec.mounts ?? []),
      maskedPaths: hasOpenPaths ? nil : DefaultPaths.masked,
      readonlyPaths: hasOpenPaths ? nil : DefaultPaths.readOnly)
    linux.uidMappings = map
    linux.gidMappings = map
    return linux
  }

  private var hasOpenPaths: Bool { isPrivileged || record.spec.security?.unconfinedPaths ?? false }
  private var edits: [CDISpec.Edits] { grant?.edits ?? [] }

  /// What was asked for stands instead of the device's own of that path.
  private var devices: [RuntimeSpec.Device] {
    let wanted = grant?.devices ?? []
    let paths = Set(wanted.map(\.path))
    return (isPrivileged ? hostDevices.filter { !paths.contains($0.path) } : []) + wanted
  }

  private var hooks: [String: [RuntimeSpec.Hook]]? {
    var hooks: [String: [RuntimeSpec.Hook]] = [:]
    for hook in edits.flatMap({ $0.hooks ?? [] }) {
      hooks[hook.hookName, default: []].append(
        .init(path: hook.path, args: hook.args, env: hook.env, timeout: hook.timeout))
    }
    return hooks.isEmpty ? nil : hooks
  }

  private var sysctls: [String: String]? {
    var own = isOnHostNetwork ? [:] : Self.networkSettings
    // Groups that the namespace has not are refused.
    if let map = record.idMap { own["net.ipv4.ping_group_range"] = "0 \(map.count - 1)" }
    own.merge(record.spec.sysctls ?? [:]) { _, asked in asked }
    return own.isEmpty ? nil : own
  }

  /// Docker's: low ports and ping need no privilege in a network of one's own.
  static let networkSettings = [
    "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647",
  ]

  private func mounts() throws(WherryError) -> [RuntimeSpec.Mount] {
    let wanted = record.spec.mounts ?? []
    var targets: Set<String> = []
    for mount in wanted { targets.insert(try MountPlan.target(mount)) }
    var own = DefaultMounts.mounts(isPrivileged: isPrivileged, shmSize: record.spec.shmSize)
    let memory = DefaultMounts.hostSharedMemory
    if record.spec.shares("ipc") || namespaces.sharedMemory != .own {
      own.removeAll { $0.destination == memory.destination }
    }
    if record.spec.shares("ipc") { own.append(memory) }
    if case .bound(let path) = namespaces.sharedMemory {
      own.append(
        .init(
          destination: memory.destination, type: "bind", source: path,
          options: ["rbind", "rprivate", "rw", "nosuid", "noexec", "nodev"]))
    }
    own += DefaultMounts.files(in: files)
    if let initProcess {
      own.append(
        .init(
          destination: InitProcess.target, type: "bind", source: initProcess,
          options: ["bind", "rprivate", "ro"]))
    }
    // A mount of the user's stands instead of ours; one on /dev also instead of those inside.
    let kept = own.filter { mount in
      !targets.contains(mount.destination)
        && !(targets.contains("/dev") && ContainerPath.isInside(mount.destination, "/dev"))
    }
    let ofDevices = edits.flatMap { $0.mounts ?? [] }.map { mount in
      RuntimeSpec.Mount(
        destination: mount.containerPath, type: mount.type ?? "bind", source: mount.hostPath,
        options: mount.options ?? ["ro", "nosuid", "nodev", "rbind"])
    }
    return kept + ofDevices
      + (try MountPlan.runtimeMounts(
        wanted, volumes: volumes, recursively: makesReadOnlyRecursively, singleFiles: singleFiles))
  }
}

extension ResolvedUser {
  package var runtimeUser: RuntimeSpec.User {
    RuntimeSpec.User(uid: uid, gid: gid, additionalGids: additionalGroups)
  }
}
