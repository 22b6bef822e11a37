import Glibc
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Makes what a container's machine asks for: its root, and the launch of its first process.
extension EngineContext {
  /// Without `volumes`, what is mounted in it is left out.
  func mountRoot(of record: ContainerRecord, id: ContainerID, volumes wanted: Bool = true) async throws {
    let (roots, store) = (roots, store)
    let pool = pool
    try await bootGuard.admit(record, self)
    let path = try await layerGate.mounting {
      try await pool.run {
        let trees = try record.layers.map { text in
          let layer = try Digest(text)
          guard try store.layers.contains(layer) else {
            throw WherryError(
              .dataLoss, "container \(record.name): layer \(layer) of its image is missing",
              hint: "pull \(record.image) again")
          }
          return store.layers.tree(layer)
        }
        let path = try roots.mount(
          id, layers: trees, upper: store.containers.upper(id), work: store.containers.work(id),
          owners: record.idMap, isTransient: try store.containers.isTransient(id))
        let root = ImageRoot(path)
        try root.checkMountPoints()
        try root.makeWorkingDirectory(record.workingDirectory, owner: record.idMap?.first)
        return path
      }
    }
    let mounts = record.spec.mounts ?? []
    guard wanted, mounts.contains(where: { $0.kind == .volume }) else { return }
    try await volumes.acquire(mounts, for: record, id: id, root: path)
    try await pool.run { () throws(WherryError) in try self.mountSubpaths(mounts, of: id) }
  }

  /// Also what a daemon that was killed left of it.
  func unmountRoot(of record: ContainerRecord, id: ContainerID) async throws {
    let roots = roots
    let files = run.files(id)
    let context = self
    let mounts = record.spec.mounts ?? []
    var failure: (any Error)?
    if mounts.contains(where: { $0.kind == .volume }) {
      do {
        try await pool.run { () throws(WherryError) in try self.unmountSubpaths(of: id) }
        try await volumes.release(mounts, of: id)
      } catch {
        failure = error
      }
    }
    try await pool.run {
      try roots.unmount(id)
      try context.releaseNamespaces(of: id)
      try WherryError.converting { () throws(SystemError) in
        try Self.removeFiles(in: files)
      }
    }
    if let failure { throw failure }
  }

  func launch(of record: ContainerRecord, id: ContainerID) async throws -> ContainerLaunch {
    let context = self
    try settings.limits.check(record.spec.resources ?? Resources())
    let namespaces = try await prepareNamespaces(of: record, id: id)
    let network = try await runtimeNetwork(of: record, id: id)
    let (runtime, limits, health) = try await pool.run {
      try WherryError.converting("prepare container \(record.name)") { () throws(SystemError) in
        try context.prepareTeller(of: record, id: id)
      }
      return (
        try context.runtimeSpec(of: record, id: id, namespaces, network),
        try context.limits(of: record.spec),
        try context.healthLaunch(of: record, id: id)
      )
    }
    var launch = ContainerLaunch(
      id: id, name: try ContainerName(record.name), imageName: record.image, runtime: runtime,
      resources: limits,
      restart: RestorePolicy.rule(record.spec.restart), stopSignal: stopSignal(of: record),
      stopTimeout: stopTimeout(of: record), autoRemove: record.spec.autoRemove ?? false,
      openStdin: record.spec.openStdin ?? false)
    launch.health = health
    let joined = joinedContainers(of: record)
    launch.joins = Dictionary(joined.map { ($0.kind, $0.id) }) { first, _ in first }
    launch.readiness = ReadinessPlan(record.spec)
    launch.log = try LogPlan(record, supervisor: supervisor.name)
    launch.requires = requirements(of: record)
    return launch
  }

  /// Blocks. Nil where there is no check.
  private func healthLaunch(of record: ContainerRecord, id: ContainerID) throws -> HealthLaunch? {
    guard let plan = HealthPlan(record.spec),
      let command = record.spec.healthCheck.flatMap(HealthPlan.command)
    else { return nil }
    let accounts = try ImageRoot(roots.path(id)).accounts()
    var user = try ResolvedUser(try UserName(record.user), in: accounts)
    try user.add(groups: record.spec.groups ?? [], from: accounts)
    let request = ExecRequest(command: command, environment: ["\(HealthLaunch.variable)=\(id)"])
    let process = try request.process(
      in: record, user: user, hostname: hostname(of: record, id: id),
      available: settings.availableCapabilities)
    return HealthLaunch(plan: plan, process: process)
  }

  /// Blocks.
  private func runtimeSpec(
    of record: ContainerRecord, id: ContainerID, _ namespaces: NamespacePlan, _ network: RuntimeNetwork
  ) throws -> RuntimeSpec {
    let root = ImageRoot(roots.path(id))
    let accounts = try root.accounts()
    var user = try ResolvedUser(try UserName(record.user), in: accounts)
    try user.add(groups: record.spec.groups ?? [], from: accounts)
    let initProcess = record.spec.initProcess ?? false ? try InitProcess.find() : nil
    let hostname = hostname(of: record, id: id)
    try writeFiles(of: record, id: id, hostname: hostname, isOnHostNetwork: network == .host)
    try makeSources(record.spec.mounts ?? [])
    try user.require(in: record.idMap)
    let isPrivileged = record.spec.security?.privileged ?? false
    let grant = try DeviceGrant(record.spec)
    for id in grant.edits.flatMap({ $0.additionalGids ?? [] }) where !user.additionalGroups.contains(id) {
      user.additionalGroups.append(id)
    }
    let apparmor = try AppArmor.profile(record.spec.security?.apparmorProfile)
    var builder = RuntimeSpecBuilder(
      record: record, user: user, hostname: hostname, root: root.path, files: run.files(id),
      seccomp: try seccomp(of: record), isUnifiedCgroup: settings.isUnifiedCgroup,
      hostDevices: isPrivileged ? try HostDevices.list() : [],
      availableCapabilities: settings.availableCapabilities, initProcess: initProcess, grant: grant,
      apparmorProfile: apparmor, volumes: volumeSources(record.spec.mounts ?? [], id: id),
      makesReadOnlyRecursively: settings.makesReadOnlyRecursively)
    builder.namespaces = namespaces
    builder.network = network
    builder.singleFiles = try singleFiles(record.spec.mounts ?? [])
    if record.idMap != nil, case .networks = NetworkChoice.recorded(record) {
      builder.userNamespace = run.userNamespace(id)
    }
    return try builder.build()
  }

  private func seccomp(of record: ContainerRecord) throws(WherryError) -> RuntimeSpec.Seccomp? {
    let wanted = record.spec.security?.seccompProfile
    if wanted == "unconfined" || record.spec.security?.privileged ?? false { return nil }
    guard let path = wanted ?? settings.seccompProfile else { return nil }
    let capabilities = try RuntimeSpecBuilder.capabilities(
      record.spec.security, available: settings.availableCapabilities)
    return try SeccompProfile.load(
      path, capabilities: capabilities, architecture: settings.platform.architecture)
  }

  private func singleFiles(_ mounts: [WherryWire.Mount]) throws(WherryError) -> Set<Int> {
    var places: Set<Int> = []
    for (place, mount) in mounts.enumerated() where mount.kind == .bind {
      guard let source = mount.source else { continue }
      let status = try WherryError.converting { () throws(SystemError) in
        try Files.statusIfPresent(source, following: true)
      }
      if let status, status.kind != .directory { places.insert(place) }
    }
    return places
  }

  /// As `docker run -v`: a source that is missing becomes a folder, unless the mount says otherwise.
  private func makeSources(_ mounts: [WherryWire.Mount]) throws(WherryError) {
    for mount in mounts where mount.kind == .bind {
      guard let source = mount.source else { continue }
      do {
        guard try !Files.exists(source) else { continue }
        guard !(mount.options ?? []).contains("nocreate") else {
          throw WherryError(
            .invalidArgument, "bind source \(Printable.text(source)) does not exist",
            hint: "create it, or use --volume, which does")
        }
        try Files.makeDirectories(source, mode: 0o755)
      } catch let error as WherryError {
        throw error
      } catch let error as SystemError {
        throw WherryError(error, "mount source \(Printable.text(source))")
      } catch {
        throw WherryError(.internal, "\(error)")
      }
    }
  }
}
