import Glibc
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Makes what a container's machine asks for: its root, and the launch of its first process.
extension EngineContext {
  func mountRoot(of record: ContainerRecord, id: ContainerID) async throws {
    let (roots, store) = (roots, store)
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
        id, layers: trees, upper: store.containers.upper(id), work: store.containers.work(id))
      let root = ImageRoot(path)
      try root.checkMountPoints()
      try root.makeWorkingDirectory(record.workingDirectory)
    }
  }

  func unmountRoot(of id: ContainerID) async throws {
    let roots = roots
    let files = filesFolder(of: id)
    try await pool.run {
      try roots.unmount(id)
      try WherryError.converting { () throws(SystemError) in
        for name in Self.fileNames { try Files.unlink("\(files)/\(name)") }
        try Files.removeDirectory(files)
      }
    }
  }

  func launch(of record: ContainerRecord, id: ContainerID) async throws -> ContainerLaunch {
    let context = self
    try settings.limits.check(record.spec.resources ?? Resources())
    try await waitForDevices(of: record.spec)
    let (runtime, limits, health) = try await pool.run {
      (
        try context.runtimeSpec(of: record, id: id), try context.limits(of: record.spec),
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
  private func runtimeSpec(of record: ContainerRecord, id: ContainerID) throws -> RuntimeSpec {
    let root = ImageRoot(roots.path(id))
    let accounts = try root.accounts()
    var user = try ResolvedUser(try UserName(record.user), in: accounts)
    try user.add(groups: record.spec.groups ?? [], from: accounts)
    let initProcess = record.spec.initProcess ?? false ? try InitProcess.find() : nil
    let hostname = hostname(of: record, id: id)
    try writeFiles(of: record, id: id, hostname: hostname)
    try makeSources(record.spec.mounts ?? [])
    let isPrivileged = record.spec.security?.privileged ?? false
    let grant = try DeviceGrant(record.spec)
    for id in grant.edits.flatMap({ $0.additionalGids ?? [] }) where !user.additionalGroups.contains(id) {
      user.additionalGroups.append(id)
    }
    let apparmor = try AppArmor.profile(record.spec.security?.apparmorProfile)
    return try RuntimeSpecBuilder(
      record: record, user: user, hostname: hostname, root: root.path, files: filesFolder(of: id),
      seccomp: try seccomp(of: record), isUnifiedCgroup: settings.isUnifiedCgroup,
      hostDevices: isPrivileged ? try HostDevices.list() : [],
      availableCapabilities: settings.availableCapabilities, initProcess: initProcess, grant: grant,
      apparmorProfile: apparmor
    ).build()
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

  private static let fileNames = ["hostname", "hosts", "resolv.conf"]

  private func filesFolder(of id: ContainerID) -> String { "\(run.path)/files/\(id)" }

  private func writeFiles(of record: ContainerRecord, id: ContainerID, hostname: String) throws(WherryError) {
    let network = ContainerRecordFacts.network(record)
    let isHost = network == "host"
    let files = HostFiles(
      hostname: hostname, network: network, hostHosts: isHost ? try hostText(settings.hostsFile) : "",
      hostResolver: isHost ? try hostText(settings.resolverFile) : "",
      extra: try (record.spec.extraHosts ?? []).map { text throws(WherryError) in try ExtraHost(text) })
    let folder = filesFolder(of: id)
    let texts = [files.hostname, files.hosts, files.resolver]
    try WherryError.converting { () throws(SystemError) in
      try Files.makeDirectories(folder, mode: 0o711)
      for (name, text) in zip(Self.fileNames, texts) {
        try Files.write("\(folder)/\(name)", Array(text.utf8), mode: 0o644)
      }
    }
  }

  private func hostText(_ path: String) throws(WherryError) -> String {
    try WherryError.converting { () throws(SystemError) in
      String(decoding: try Files.readIfPresent(path) ?? [], as: UTF8.self)
    }
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
