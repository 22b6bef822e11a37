import WherryLinux
import WherryModel
import WherryStore
package import WherryWire

extension Volumes {
  package struct Copied: Sendable, Equatable {
    /// Regular files.
    package var files: UInt64
    /// Of those, the files whose blocks both volumes share.
    package var shared: UInt64
  }

  /// Copies `name` to a new volume. `paused` are the containers of it that stand still; throws `conflict` where another
  /// has it mounted.
  func snapshot(
    _ name: String, as snapshot: VolumeName, paused: Set<ContainerID>
  ) async throws -> (VolumeDetail, Copied) {
    guard name != snapshot.rawValue else { throw Self.exists(snapshot) }
    // In the order of names, as in `restore`, so that two never wait for each other.
    return try await lanes.run(min(name, snapshot.rawValue)) {
      try await lanes.run(max(name, snapshot.rawValue)) {
        let origin = try table.require(name)
        try await requireQuiet(origin, but: paused)
        guard table.find(snapshot.rawValue) == nil else { throw Self.exists(snapshot) }
        let record = VolumeRecord(
          name: snapshot.rawValue, created: .now(), driver: LocalDriver.name, labels: origin.labels,
          snapshotOf: name)
        let copied = try await withMounted(origin) { (source) throws(WherryError) in
          try self.copy(source, of: name, to: record)
        }
        table.insert(record)
        self.record("create", of: record)
        return (detail(of: record), copied)
      }
    }
  }

  private static func exists(_ name: VolumeName) -> WherryError {
    WherryError(
      .conflict, "A volume named \"\(name)\" already exists. Choose a different volume name.")
  }

  /// Puts a copy of what `snapshot` holds in the place of what `name` holds, at once.
  package func restore(_ name: String, from snapshot: String) async throws -> Copied {
    guard name != snapshot else {
      throw SpecValidation.invalid("volume \(name) cannot be restored from itself")
    }
    let volume = try VolumeName(name)
    // In the order of names, as in `snapshot`, so that two never wait for each other.
    return try await lanes.run(min(name, snapshot)) {
      try await lanes.run(max(name, snapshot)) {
        let record = try table.require(name)
        let source = try table.require(snapshot)
        guard record.isFolder else {
          throw WherryError(
            .unsupported, "volume \(name) is another file system's: it cannot be replaced at once",
            hint: "wherry volume export \(snapshot) | wherry volume import \(name) -")
        }
        try await requireQuiet(record, but: [])
        return try await Shield.run {
          try await self.withMounted(source) { (folder) throws(WherryError) in
            let copy = try self.fill(volume, with: folder)
            return Copied(files: copy.files, shared: copy.shared)
          }
        }
      }
    }
  }

  /// Throws `conflict` where somebody but `paused` has it mounted.
  private func requireQuiet(_ record: VolumeRecord, but paused: Set<ContainerID>) async throws {
    let folder = run.volumeUsers(try VolumeName(record.name))
    let marks = try await pool.run { () throws(SystemError) in try Self.marks(folder) }
    let others = marks.filter { mark in !paused.contains { $0.rawValue == mark } }
    guard !others.isEmpty else { return }
    let names = others.map { mark in
      do { return containers.entry(try ContainerID(mark))?.record.name ?? "another call" } catch {
        return "another call"
      }
    }.sorted()
    throw WherryError(
      .conflict, "volume \(record.name) is in use by running containers - [\(names.joined(separator: ", "))]",
      hint: "stop them first: wherry stop \(names.joined(separator: " "))")
  }

  /// Runs `body`, which blocks, with a volume's folder. In the volume's lane.
  private func withMounted<Value: Sendable>(
    _ record: VolumeRecord,
    _ body: @escaping @Sendable (FileDescriptorBox) throws(WherryError) -> Value
  ) async throws -> Value {
    if record.isPlugins { return try await withMountedByPlugin(record, body) }
    let data = data(record.name)
    let mounts = try await threads(for: record).run { () throws(WherryError) in
      try self.mountOptions(of: record)
    }
    let result: Result<Value, WherryError>
    do throws(WherryError) {
      result = .success(
        try await walks.pool.run { () throws(WherryError) in try body(try Self.open(data, record.name)) })
    } catch {
      result = .failure(error)
    }
    if mounts {
      try await threads(for: record).run { () throws(WherryError) in
        try WherryError.converting("unmount volume \(record.name)") { () throws(SystemError) in
          try WherryLinux.Mount.unmountAll(data)
        }
      }
    }
    return try result.get()
  }

  /// The plugin has a user of its own for it.
  private func withMountedByPlugin<Value: Sendable>(
    _ record: VolumeRecord,
    _ body: @escaping @Sendable (FileDescriptorBox) throws(WherryError) -> Value
  ) async throws -> Value {
    let (user, data) = ("call-\(RandomName.next())", data(record.name))
    try await take(record, user: user) {}
    let result: Result<Value, any Error>
    do {
      result = .success(
        try await walks.pool.run { () throws(WherryError) in try body(try Self.open(data, record.name)) })
    } catch {
      result = .failure(error)
    }
    try await Shield.run { _ = try await self.letGo(record, user: user) }
    return try result.get()
  }

  /// Durable when it returns. Blocks.
  private func copy(
    _ source: FileDescriptorBox, of name: String, to record: VolumeRecord
  ) throws(WherryError) -> Copied {
    let staged = try store.volumes.stage()
    let copy: TreeCopy
    do throws(WherryError) {
      copy = try WherryError.converting("copy volume \(name)") { () throws(SystemError) in
        let data = FileDescriptorBox(try FileDescriptor.open(staged + "/data", [.directory]))
        let copy = try TreeCopy.contents(of: source, into: data)
        try data.file.syncFileSystem()
        return copy
      }
    } catch {
      do { try store.volumes.discard(staged: staged) } catch {}
      throw error
    }
    try shelf.commit(record, staged: staged)
    return Copied(files: copy.files, shared: copy.shared)
  }
}

extension Engine {
  /// A consistent copy of a volume as a new one: its running containers are paused meanwhile.
  package func snapshotVolume(
    _ name: String, as snapshot: String
  ) async throws -> (volume: VolumeDetail, copied: Volumes.Copied) {
    _ = try volumes.table.require(name)
    let snapshot = try VolumeName(snapshot)
    let (volumes, containers) = (volumes, containers)
    // To the end also where the caller goes away: no container may stay paused.
    return try await Shield.run {
      try await containers.standingStill(volumes.table.users(of: name)) { still in
        try await volumes.snapshot(name, as: snapshot, paused: still)
      }
    }
  }
}
