import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  package func pathStatus(_ reference: String, _ path: String) async throws -> ContainerTree.Found {
    let pool = context.pool
    return try await withFiles(of: reference) { files in
      try await pool.run { () throws(WherryError) in try files.status(path) }
    }
  }

  /// Sends the archive of a file or folder, as fast as `send` takes it.
  package func copyOut(
    _ reference: String, _ path: String, follow: Bool, name: String?,
    send: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    let pool = context.pool
    try await withFiles(of: reference) { files in
      let archiver = try await pool.run { () throws(WherryError) in
        try files.archive(path, follow: follow, name: name)
      }
      try await self.send(archiver, send)
    }
  }

  /// Unpacks the archive that `chunks` make in a folder of the container.
  package func copyIn(
    _ reference: String, _ path: String, keepsOwners: Bool,
    chunks: some AsyncSequence<[UInt8], any Error> & Sendable
  ) async throws {
    let pool = context.pool
    let isReadOnly = try context.table.find(reference).record.spec.readOnlyRoot ?? false
    try await withFiles(of: reference) { files in
      let extractor = try await pool.run { () throws(WherryError) in
        let folder = try files.folder(path)
        try WherryError.converting { () throws(SystemError) in
          guard isReadOnly else { return false }
          return try folder.file.status().device == files.root.file.status().device
        }.refuse(files.container)
        return TreeExtractor(
          into: folder,
          rules: ExtractionRules(
            owners: keepsOwners ? .archived : .fixed(user: 0, group: 0), keepsPrivileges: true,
            makesDevices: true))
      }
      do {
        for try await chunk in chunks {
          try Task.checkCancellation()
          try await pool.run { () throws(WherryError) in try extractor.write(chunk) }
        }
        try Task.checkCancellation()
        try await pool.run { () throws(WherryError) in try extractor.finish() }
      } catch {
        await pool.run { extractor.abandon() }
        throw error
      }
    }
  }

  /// Sends the archive of the whole root, without what is mounted in it.
  package func export(_ reference: String, send: @Sendable ([UInt8]) async throws -> Void) async throws {
    let entry = try context.table.find(reference)
    let context = self.context
    try await withMountedRoot(of: entry) {
      let root = try await context.pool.run { () throws(WherryError) in
        try Self.openRoot(context.roots.path(entry.id))
      }
      try await self.send(TreeArchiver(.contents(root)), send)
    }
  }

  private func send(
    _ archiver: TreeArchiver, _ send: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    while let bytes = try await context.pool.run({ () throws(SystemError) in try archiver.next() }) {
      var rest = bytes[...]
      while !rest.isEmpty {
        // A part of a large one may be held up by credit; a small one comes through.
        try await send(Array(rest.prefix(64 << 10)))
        rest = rest.dropFirst(64 << 10)
      }
    }
  }

  /// With the files of a container as its processes see them, or, where none run, its root with its bind mounts; that
  /// is mounted meanwhile, and the container is not started before the end.
  private func withFiles<Value: Sendable>(
    of reference: String, _ body: (ContainerTree) async throws -> Value
  ) async throws -> Value {
    let entry = try context.table.find(reference)
    let name = entry.record.name
    let context = self.context
    if let root = try await runningRoot(of: entry) {
      return try await body(ContainerTree(root: root, container: name))
    }
    return try await withMountedRoot(of: entry) {
      // It may have been started meanwhile.
      if let root = try await self.runningRoot(of: entry) {
        return try await body(ContainerTree(root: root, container: name))
      }
      let root = try await context.pool.run { () throws(WherryError) in
        let root = try Self.openRoot(context.roots.path(entry.id))
        try context.bindMounts(of: entry.record, in: root)
        return root
      }
      return try await body(ContainerTree(root: root, container: name))
    }
  }

  /// Mounts the root where it is not, and takes it away again. Holds the container's lane where it does not run.
  private func withMountedRoot<Value: Sendable>(
    of entry: ContainerEntry, _ body: () async throws -> Value
  ) async throws -> Value {
    let context = self.context
    if try await isUp(entry) { return try await body() }
    _ = try await operate(entry, nil)
    return try await entry.lane.run {
      if try await self.isUp(entry) { return try await body() }
      guard entry.state == .created || entry.state == .exited else {
        throw WherryError(
          .conflict, "container \(entry.record.name) is being changed or removed", hint: "try again")
      }
      try await context.mountRoot(of: entry.record, id: entry.id)
      let result: Value
      do {
        result = try await body()
      } catch {
        // Why it failed is what the caller hears.
        do {
          try await context.unmountRoot(of: entry.id)
        } catch let second {
          context.settings.report(
            "container \(entry.record.name): unmounting its root failed: \(second), ignoring")
        }
        throw error
      }
      try await context.unmountRoot(of: entry.id)
      return result
    }
  }

  private func isUp(_ entry: ContainerEntry) async throws -> Bool {
    guard entry.state != .created, case .running = try await context.supervisor.observe(entry.id) else {
      return false
    }
    return true
  }

  /// The root as the first process sees it, in its mount namespace. Nil where none runs.
  private func runningRoot(of entry: ContainerEntry) async throws -> FileDescriptorBox? {
    guard entry.state != .created,
      case .running(let pid, _, _) = try await context.supervisor.observe(entry.id)
    else { return nil }
    let root = try await context.pool.run { () throws(WherryError) in try Self.openRoot("/proc/\(pid)/root") }
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
