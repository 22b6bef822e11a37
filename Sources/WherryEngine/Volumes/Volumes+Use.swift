import Glibc
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Volumes while they are used. For each user there is a file in the run directory: so the next daemon knows whom the
/// last one mounted a volume for, and a boot begins with none.
extension Volumes {
  /// Says that the user whose name follows has begun a copy into a volume that nobody else has had since.
  private static let populating = "populating"

  /// Makes the volumes of a container about to start ready: those with a file system of their own are mounted, and
  /// empty ones get what the image has in their place. `root` is the container's, mounted.
  func acquire(_ mounts: [WherryWire.Mount], for container: ContainerRecord, id: ContainerID, root: String)
    async throws
  {
    for (name, mounts) in Self.byVolume(mounts) {
      try await lanes.run(name) {
        guard let record = table.find(name) else {
          throw WherryError(
            .notFound, "container \(container.name) needs volume \(name), which is gone",
            hint: "make an empty one: wherry volume create \(name)")
        }
        let isNew = try await take(record, user: id.rawValue) {
          for mount in mounts { try await copyUp(mount, record, root: root, user: id.rawValue) }
        }
        guard isNew else { return }
        for mount in mounts {
          self.record(
            "mount", of: record,
            [
              "container": id.rawValue, "destination": mount.target, "propagation": "",
              "read/write": "\(!(mount.readOnly ?? false))",
            ])
        }
      }
    }
  }

  /// The container's root is about to be unmounted. Does nothing for a volume it has not.
  func release(_ mounts: [WherryWire.Mount], of id: ContainerID) async throws {
    var failure: (any Error)?
    for (name, _) in Self.byVolume(mounts) {
      do {
        try await giveBack(name, user: id.rawValue) { record in
          self.record("unmount", of: record, ["container": id.rawValue])
        }
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  /// Runs `body` with a volume's folder, which stays mounted meanwhile.
  func withFolder<Value: Sendable>(
    of name: String, _ body: (FileDescriptorBox) async throws -> Value
  ) async throws -> Value {
    let user = "call-\(RandomName.next())"
    let data = data(name)
    let folder = try await lanes.run(name) {
      let record = try table.require(name)
      try await take(record, user: user) {}
      return try await threads(for: record).run { () throws(WherryError) in try Self.open(data, name) }
    }
    let value: Value
    do {
      value = try await body(folder)
    } catch {
      do { try await giveBack(name, user: user) { _ in } } catch let second {
        settings.report("volume \(name): \(second), ignoring")
      }
      throw error
    }
    try await giveBack(name, user: user) { _ in }
    return value
  }

  static func open(_ data: String, _ name: String) throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting("open volume \(name)") { () throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(data, [.directory, .noFollow]))
    }
  }

  /// Mounts in the order of names, so that two containers never wait for each other.
  static func byVolume(_ mounts: [WherryWire.Mount]) -> [(name: String, mounts: [WherryWire.Mount])] {
    var groups: [String: [WherryWire.Mount]] = [:]
    for mount in mounts where mount.kind == .volume {
      if let name = mount.source { groups[name, default: []].append(mount) }
    }
    return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: In the lane

  /// True where `user` did not have it yet. `then` sees it mounted; where that fails it is let go again.
  @discardableResult
  func take(
    _ record: VolumeRecord, user: String, then body: () async throws -> Void
  ) async throws -> Bool {
    let folder = run.volumeUsers(try VolumeName(record.name))
    let mark = "\(folder)/\(user)"
    let wasMarked = try await pool.run { () throws(WherryError) in
      try WherryError.converting("use volume \(record.name)") { () throws(SystemError) in
        try Files.makeDirectories(folder)
        let wasMarked = try Files.exists(mark)
        try Files.write(mark, [])
        // What another began to copy may be this one's from now on: it must not be deleted.
        for name in try Files.list(folder) where Self.isPopulating(name) && name != Self.populating(user) {
          try Files.unlink("\(folder)/\(name)")
        }
        return wasMarked
      }
    }
    do {
      let data = data(record.name)
      if record.isPlugins { try await mountAtPlugin(record, user: user) }
      try await threads(for: record).run { () throws(WherryError) -> Void in
        try self.mountOptions(of: record)
        // A link in its place would lead the runtime elsewhere.
        _ = try Self.open(data, record.name)
      }
      try await body()
    } catch {
      do {
        try await Shield.run { _ = try await self.letGo(record, user: user) }
      } catch let second {
        settings.report("volume \(record.name): \(second), ignoring")
      }
      throw error
    }
    return !wasMarked
  }

  /// Mounts what a volume's options say. False where it has none, or is mounted. Blocks.
  @discardableResult
  func mountOptions(of record: VolumeRecord) throws(WherryError) -> Bool {
    guard !record.isPlugins, let options = record.options else { return false }
    let data = data(record.name)
    let isMounted = try WherryError.converting { () throws(SystemError) in
      try WherryLinux.Mount.isMounted(data)
    }
    if isMounted { return false }
    try LocalDriver.mount(options, on: data, volume: record.name)
    return true
  }

  private func giveBack(
    _ name: String, user: String, _ told: @escaping @Sendable (VolumeRecord) -> Void
  ) async throws {
    guard let record = table.find(name) else { return }
    // To the end, also where the caller was cancelled: else it would stay mounted.
    try await Shield.run {
      try await self.lanes.run(name) {
        if try await self.letGo(record, user: user) { told(record) }
      }
    }
  }

  /// True where it had it.
  func letGo(_ record: VolumeRecord, user: String) async throws -> Bool {
    if record.isPlugins { try await unmountAtPlugin(record, user: user) }
    return try await threads(for: record).run { () throws(WherryError) in
      try self.drop(record, user: user)
    }
  }

  /// True where it had it. Blocks.
  @discardableResult
  private func drop(_ record: VolumeRecord, user: String) throws(WherryError) -> Bool {
    let folder = run.volumeUsers(try VolumeName(record.name))
    let data = data(record.name)
    return try WherryError.converting("unmount volume \(record.name)") { () throws(SystemError) in
      // While its mark is there, so that one that is killed here leaves it to the next.
      try Self.wipeCopy(of: user, in: data, folder)
      let wasMarked = try Files.unlink("\(folder)/\(user)")
      if try Self.isMarked(folder) { return wasMarked }
      if !record.isFolder { try Self.unmount(data) }
      if try Files.exists(folder) {
        for name in try Files.list(folder) where Self.isPopulating(name) {
          try Files.unlink("\(folder)/\(name)")
        }
        // What is owed to a plugin stays.
        if try Files.list(folder).isEmpty { try Files.removeDirectory(folder) }
      }
      return wasMarked
    }
  }

  /// Whether anybody has it mounted.
  static func isMarked(_ folder: String) throws(SystemError) -> Bool { try !marks(folder).isEmpty }

  static func marks(_ folder: String) throws(SystemError) -> [String] {
    guard try Files.exists(folder) else { return [] }
    return try Files.list(folder).filter { !isPopulating($0) && !isOwed($0) }
  }

  private static func populating(_ user: String) -> String { "\(populating)-\(user)" }
  private static func isPopulating(_ name: String) -> Bool { name.hasPrefix(populating) }

  /// Deletes what `user` began to copy, and nobody else has had since.
  private static func wipeCopy(of user: String, in data: String, _ folder: String) throws(SystemError) {
    let mark = "\(folder)/\(populating(user))"
    guard try Files.exists(mark) else { return }
    let data = try FileDescriptor.open(data, [.directory, .noFollow])
    for entry in try data.entries() { try data.removeTree(entry.name) }
    try Files.unlink(mark)
  }

  // MARK: Copying what the image has

  /// What an image has at a mount's target goes into the volume, where that is empty. Interrupted, it begins anew,
  /// unless somebody else has the volume: what is in it may be theirs then.
  private func copyUp(
    _ mount: WherryWire.Mount, _ record: VolumeRecord, root: String, user: String
  ) async throws {
    guard !(mount.noCopy ?? false), mount.subpath == nil else { return }
    let name = try VolumeName(record.name)
    let target = try MountPlan.target(mount)
    let folder = run.volumeUsers(name)
    let path = data(record.name)
    let what = "copy \(Printable.text(target)) of the image into volume \(name)"
    let found = try await threads(for: record).run {
      () throws(WherryError) -> (source: FileDescriptorBox, data: FileDescriptorBox, isShared: Bool)? in
      try WherryError.converting(what) { () throws(SystemError) in
        guard let source = try Self.find(target, in: root) else { return nil }
        try Self.wipeCopy(of: user, in: path, folder)
        let data = FileDescriptorBox(try FileDescriptor.open(path, [.directory, .noFollow]))
        guard try data.file.isEmptyFolder() else { return nil }
        return (source, data, try Self.marks(folder).contains { $0 != user })
      }
    }
    guard let (source, data, isShared) = found else { return }
    let isReplaced = !isShared && record.isFolder
    let mark = "\(folder)/\(Self.populating(user))"
    try await walks.pool.run { () throws(WherryError) in
      do throws(WherryError) {
        if isReplaced {
          try self.fill(name, with: source)
          return
        }
        // Others see this very folder, or it is another file system's.
        try WherryError.converting { () throws(SystemError) in
          if !isShared { try Files.write(mark, []) }
          try TreeCopy.contents(of: source, into: data)
          try Files.unlink(mark)
        }
      } catch {
        throw WherryError(error.code, "\(what): \(error.message)", hint: error.hint, cause: error)
      }
    }
  }

  /// Puts a copy of `source` in the place of what a volume holds, durably and at once.
  @discardableResult
  func fill(_ name: VolumeName, with source: FileDescriptorBox) throws(WherryError) -> TreeCopy {
    let staged = try store.volumes.stage()
    do throws(WherryError) {
      let copy = try WherryError.converting { () throws(SystemError) in
        let data = FileDescriptorBox(try FileDescriptor.open(staged + "/data", [.directory]))
        let copy = try TreeCopy.contents(of: source, into: data)
        try data.file.syncFileSystem()
        return copy
      }
      try store.volumes.exchange(name, staged: staged)
      try store.volumes.discard(staged: staged)
      return copy
    } catch {
      do { try store.volumes.discard(staged: staged) } catch {}
      throw error
    }
  }

  /// A folder of the image, whose links stay inside. Nil where there is none.
  private static func find(_ path: String, in root: String) throws(SystemError) -> FileDescriptorBox? {
    let top = try FileDescriptor.open(root, [.directory])
    do throws(SystemError) {
      return FileDescriptorBox(try top.open(path, [.directory], resolve: [.inRoot, .noMagicLinks]))
    } catch {
      if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return nil }
      throw error
    }
  }
}
