import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension EngineContext {
  /// How long a start waits for a container that its policy is just bringing back.
  private static let patience = Duration.seconds(15)
  private static let pause = Duration.milliseconds(200)
  /// Containers that join what another has joined, in a row.
  private static let maximumChain = 16

  /// The containers whose namespaces one joins, by kind, a name in /proc/PID/ns.
  func joinedContainers(of record: ContainerRecord) -> [(kind: String, id: ContainerID)] {
    let joined: [(kind: String, id: ContainerID)] = (record.spec.joinedNamespaces ?? [:])
      .sorted { $0.key < $1.key }.compactMap { kind, text in
        do { return (kind, try ContainerID(text)) } catch { return nil }
      }
    return joined + (joinedNetwork(of: record).map { [("net", $0)] } ?? [])
  }

  /// Binds the namespaces of other containers where the runtime will join them, as they are now, and makes the shared
  /// memory that others may join. Throws `failedPrecondition` where another container does not run.
  func prepareNamespaces(of record: ContainerRecord, id: ContainerID) async throws -> NamespacePlan {
    var plan = NamespacePlan()
    for (kind, other) in joinedContainers(of: record) {
      let namespace = try await runningNamespace(kind, of: other, for: record.name)
      let path = run.namespace(id, kind)
      try await pool.run { () throws(WherryError) in
        try WherryError.converting("join the \(kind) namespace of container \(other.short)") {
          () throws(SystemError) in try NamespaceFile.bind(namespace, on: path)
        }
      }
      plan.joined[kind] = path
      if kind == "ipc" { plan.sharedMemory = .bound(try sharedMemory(joinedBy: record)) }
    }
    switch record.spec.ipcMode {
    case "none": plan.sharedMemory = .none
    case "shareable":
      try await pool.run { () throws(WherryError) in
        try makeSharedMemory(id, size: record.spec.shmSize ?? 64 << 20, owner: record.idMap?.first ?? 0)
      }
      plan.sharedMemory = .bound(run.sharedMemory(id))
    default: break
    }
    return plan
  }

  /// Lets go of what `prepareNamespaces` made. Blocks.
  func releaseNamespaces(of id: ContainerID) throws(WherryError) {
    let (run, files) = (run, run.files(id))
    try WherryError.converting { () throws(SystemError) in
      if try Files.exists(files + "/ns") {
        for kind in try Files.list(files + "/ns") { try NamespaceFile.release(run.namespace(id, kind)) }
        try Files.removeDirectory(files + "/ns")
      }
      let memory = run.sharedMemory(id)
      if try Files.exists(memory) {
        // Who joined it keeps it.
        while try WherryLinux.Mount.unmount(memory, [.noFollow, .detach]) {}
        try Files.removeDirectory(memory)
      }
    }
  }

  /// The namespace of a container's first process, which is looked at again once the namespace is open: it is that of
  /// no other process with the same number (C8).
  private func runningNamespace(
    _ kind: String, of other: ContainerID, for name: String
  ) async throws -> FileDescriptorBox {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: Self.patience)
    while true {
      guard let entry = table.entry(other) else {
        throw WherryError(
          .failedPrecondition,
          "container \(name) joins the \(kind) namespace of container \(other.short), which is gone",
          hint: "create \(name) again with --\(kind == "net" ? "network" : kind) of another")
      }
      if let found = try await openNamespace(kind, of: entry) { return found }
      guard mayComeBack(entry), clock.now < end else {
        throw WherryError(
          .failedPrecondition,
          "cannot join the \(kind) namespace of a container that does not run: \(entry.record.name)",
          hint: "wherry start \(entry.record.name), then \(name)")
      }
      try await settings.sleep(Self.pause)
    }
  }

  private func openNamespace(_ kind: String, of entry: ContainerEntry) async throws -> FileDescriptorBox? {
    guard case .running(let pid, let startedAt, _) = try await supervisor.observe(entry.id) else {
      return nil
    }
    let namespace = try await pool.run { () throws(WherryError) -> FileDescriptorBox? in
      do throws(SystemError) {
        return try NamespaceFile.open(kind, of: pid)
      } catch {
        if error.isNowhere { return nil }
        throw WherryError(error)
      }
    }
    guard case .running(pid, startedAt, _) = try await supervisor.observe(entry.id) else { return nil }
    return namespace
  }

  private func mayComeBack(_ entry: ContainerEntry) -> Bool {
    entry.isRestartPending || entry.state == .starting || entry.state == .restarting
      || entry.state == .stopping(then: .start)
      || (entry.record.desired == .running && RestorePolicy.rule(entry.record.spec.restart) != .no)
  }

  // MARK: Shared memory

  /// The folder with the shared memory of the IPC namespace that a container joins.
  private func sharedMemory(joinedBy record: ContainerRecord) throws(WherryError) -> String {
    guard let owner = try sharedMemoryOwner(record) else { return "/dev/shm" }
    let path = run.sharedMemory(owner)
    let isThere = try WherryError.converting { () throws(SystemError) in try Files.exists(path) }
    guard isThere else {
      throw WherryError(
        .failedPrecondition,
        "the shared memory of container \(owner.short) is gone, which \(record.name) joins",
        hint: "restart \(owner.short) and those that share with it")
    }
    return path
  }

  /// Whose shared memory comes with the IPC namespace that `record` joins; nil for the device's. Throws
  /// `failedPrecondition` where it is not to be shared.
  func sharedMemoryOwner(_ record: ContainerRecord) throws(WherryError) -> ContainerID? {
    var spec = record.spec
    var owner: (id: ContainerID, name: String)?
    for _ in 0..<Self.maximumChain {
      if spec.shares("ipc") { return nil }
      guard let text = spec.joinedNamespaces?["ipc"] else { break }
      let entry = try table.find(text)
      owner = (entry.id, entry.record.name)
      spec = entry.record.spec
    }
    guard let owner, spec.ipcMode == "shareable" else {
      throw WherryError(
        .failedPrecondition,
        "cannot join the IPC namespace of container \(owner?.name ?? record.name): it is not shareable",
        hint: "create that container with --ipc shareable")
    }
    return owner.id
  }

  /// Blocks.
  private func makeSharedMemory(_ id: ContainerID, size: UInt64, owner: UInt32) throws(WherryError) {
    let path = run.sharedMemory(id)
    try WherryError.converting("make shared memory of container \(id.short)") { () throws(SystemError) in
      try Files.makeDirectories(run.files(id), mode: 0o711)
      try Files.makeDirectories(path)
      while try WherryLinux.Mount.unmount(path, [.noFollow, .detach]) {}
      try WherryLinux.Mount.mount(
        "shm", on: path, type: "tmpfs", flags: [.noSetUID, .noDevices, .noExecute],
        data: "mode=1777,size=\(size),uid=\(owner),gid=\(owner)")
    }
  }
}
