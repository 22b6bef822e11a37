import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  package func pathStatus(_ reference: String, _ path: String) async throws -> ContainerTree.Found {
    let pool = context.walks.pool
    return try await withFiles(of: reference) { files in
      try await pool.run { () throws(WherryError) in try files.status(path) }
    }
  }

  /// Sends the archive of a file or folder, as fast as `send` takes it.
  package func copyOut(
    _ reference: String, _ path: String, follow: Bool, name: String?,
    send: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    let pool = context.walks.pool
    let entry = try context.table.find(reference)
    try await withFiles(of: reference) { files in
      let archiver = try await pool.run { () throws(WherryError) in
        try files.archive(path, follow: follow, name: name)
      }
      self.context.record("archive-path", of: entry, ["path": path])
      try await archiver.send(on: pool, send)
    }
  }

  /// Unpacks the archive that `chunks` make in a folder of the container.
  package func copyIn(
    _ reference: String, _ path: String, keepsOwners: Bool,
    chunks: some AsyncSequence<[UInt8], any Error> & Sendable
  ) async throws {
    let pool = context.walks.pool
    let entry = try context.table.find(reference)
    let isReadOnly = entry.record.spec.readOnlyRoot ?? false
    try await withFiles(of: reference) { files in
      let extractor = try await pool.run { () throws(WherryError) in
        let folder = try files.folder(path)
        try WherryError.converting { () throws(SystemError) in
          guard isReadOnly else { return false }
          return try folder.file.status().device == files.root.file.status().device
        }.refuse(files.container)
        var rules = ExtractionRules(
          owners: keepsOwners ? .archived : .fixed(user: 0, group: 0), keepsPrivileges: true,
          makesDevices: true)
        rules.map = files.owners
        return TreeExtractor(into: folder, rules: rules)
      }
      do {
        for try await chunk in chunks {
          try Task.checkCancellation()
          try await pool.run { () throws(WherryError) in try extractor.write(chunk) }
        }
        try Task.checkCancellation()
        try await pool.run { () throws(WherryError) in try extractor.finish() }
        self.context.record("extract-to-dir", of: entry, ["path": path])
      } catch {
        await pool.run { extractor.abandon() }
        throw error
      }
    }
  }

  /// Sends the archive of the whole root, without what is mounted in it.
  package func export(_ reference: String, send: @escaping @Sendable ([UInt8]) async throws -> Void)
    async throws
  {
    let entry = try context.table.find(reference)
    let context = self.context
    try await withMountedRoot(of: entry) {
      let root = try await context.walks.pool.run { () throws(WherryError) in
        try context.roots.openBare(entry.id)
      }
      context.record("export", of: entry)
      let rules = ArchiveRules(owners: entry.record.idMap)
      try await TreeArchiver(.contents(root), rules: rules).send(on: context.walks.pool, send)
    }
  }

  /// With the files of a container as its processes see them, or, where none run, its root with its bind mounts.
  private func withFiles<Value: Sendable>(
    of reference: String, _ body: @escaping @Sendable (ContainerTree) async throws -> Value
  ) async throws -> Value {
    let entry = try context.table.find(reference)
    let name = entry.record.name
    let owners = entry.record.idMap
    if let root = try await runningRoot(of: entry) {
      return try await body(ContainerTree(root: root, container: name, owners: owners))
    }
    let context = self.context
    return try await withMountedRoot(of: entry) {
      // It may have been started meanwhile.
      if let root = try await self.runningRoot(of: entry) {
        return try await body(ContainerTree(root: root, container: name, owners: owners))
      }
      guard entry.leases.isHeld else {
        throw WherryError(
          .conflict, "container \(name) has ended, and its policy will start it again", hint: "try again")
      }
      let root = try await context.walks.pool.run { () throws(WherryError) in
        try Self.openRoot(context.roots.path(entry.id))
      }
      return try await body(ContainerTree(root: root, container: name, owners: owners))
    }
  }

  /// Where it is not mounted, mounts the root with the container's bind mounts, and takes it away again. The lane is
  /// held for that only: `body` may take as long as its client likes, and is cancelled where the container is to be
  /// started or removed meanwhile and it does not come to its end soon.
  private func withMountedRoot<Value: Sendable>(
    of entry: ContainerEntry, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    if try await isUp(entry) { return try await body() }
    _ = try await operate(entry, nil)
    guard let ticket = try await leaseRoot(of: entry) else { return try await body() }
    let task = Task { try await body() }
    entry.leases.setEnd(ticket) { task.cancel() }
    let result = await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
    if entry.leases.giveBack(ticket) {
      if case .success(let value) = result { return value }
      throw WherryError(
        .conflict, "container \(entry.record.name) was started or removed while its files were copied",
        hint: "copy once more")
    }
    do {
      try await Shield.run { try await self.returnRoot(of: entry) }
    } catch {
      // Why the body failed is what the caller hears.
      if case .success = result { throw error }
      context.settings.report(
        "container \(entry.record.name): unmounting its root failed: \(error), ignoring")
    }
    return try result.get()
  }

  /// Nil where it runs by now.
  private func leaseRoot(of entry: ContainerEntry) async throws -> UInt64? {
    let context = self.context
    return try await entry.lane.run {
      if try await self.isUp(entry) { return nil }
      guard entry.state == .created || entry.state == .exited else {
        throw WherryError(
          .conflict, "container \(entry.record.name) is being changed or removed", hint: "try again")
      }
      if !entry.leases.isMounted {
        try await context.reclaimRoot(of: entry, patience: .zero)
        do {
          try await context.mountRoot(of: entry.record, id: entry.id)
          try await context.walks.pool.run { () throws(WherryError) in
            let root = try Self.openRoot(context.roots.path(entry.id))
            try context.bindMounts(of: entry.record, id: entry.id, in: root)
          }
        } catch {
          // A part of it may be up: a volume may be gone, or a folder in it.
          do {
            try await Shield.run { try await context.unmountRoot(of: entry.record, id: entry.id) }
          } catch let second {
            context.settings.report(
              "container \(entry.record.name): unmounting its root failed: \(second), ignoring")
          }
          throw error
        }
        entry.leases.isMounted = true
      }
      return entry.leases.take()
    }
  }

  /// The last one out unmounts.
  func returnRoot(of entry: ContainerEntry) async throws {
    try await entry.lane.run {
      guard !entry.leases.isHeld else { return }
      try await self.context.reclaimRoot(of: entry, patience: .zero)
    }
  }

  /// Whether it runs, or its policy is about to start it again: then its root is mounted.
  func isUp(_ entry: ContainerEntry) async throws -> Bool {
    if entry.state == .created { return false }
    switch try await context.supervisor.observe(entry.id) {
    case .running, .restarting: return true
    case .absent, .exited: return false
    }
  }

  /// The root as the first process sees it, in its mount namespace. Nil where none runs.
  private func runningRoot(of entry: ContainerEntry) async throws -> FileDescriptorBox? {
    guard entry.state != .created,
      case .running(let pid, _, _) = try await context.supervisor.observe(entry.id)
    else { return nil }
    let root = try await context.walks.pool.run { () throws(WherryError) in
      try Self.openRoot("/proc/\(pid)/root")
    }
    // Were it another process by now, this would say so.
    guard case .running(pid, _, _) = try await context.supervisor.observe(entry.id) else { return nil }
    return root
  }

  private static func openRoot(_ path: String) throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting("open the container's root") { () throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(path, [.directory]))
    }
  }
}

extension Bool {
  /// True is a root that may not be written.
  fileprivate func refuse(_ container: String) throws(WherryError) {
    guard self else { return }
    throw WherryError(
      .failedPrecondition, "container rootfs is marked read-only",
      hint: "copy to a volume or another mount of container \(container)")
  }
}
