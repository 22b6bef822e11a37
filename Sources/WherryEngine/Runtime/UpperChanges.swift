import Glibc
package import WherryLinux
import WherryModel
package import WherryWire

/// What the upper folder of an overlay changes of the layers below it, by path, parents first, names ascending.
/// Blocks.
package struct UpperChanges {
  package static let maximumChanges = 1 << 16
  /// Of all paths together.
  package static let maximumBytes = 8 << 20
  private static let maximumDepth = 100
  private static let plain: ResolveFlags = [.beneath, .noSymbolicLinks, .noMagicLinks]

  /// The highest first.
  private let lowers: [FileDescriptorBox]
  /// Where the runtime makes empty files and folders to mount on.
  private let mountPoints: Set<String>
  private var changes: [PathChange] = []
  private var bytes = 0

  /// `layers` are paths of trees, lowest first.
  package static func list(
    upper: String, layers: [String], mountPoints: Set<String>
  ) throws(SystemError) -> [PathChange] {
    let lowers = try layers.reversed().map { path throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(path, [.directory]))
    }
    var scan = UpperChanges(lowers: lowers, mountPoints: mountPoints)
    let top = try FileDescriptor.open(upper, [.directory])
    _ = try scan.visit(top, path: "", below: lowers.indices.map { $0 }, depth: 0)
    return scan.changes
  }

  private init(lowers: [FileDescriptorBox], mountPoints: Set<String>) {
    self.lowers = lowers
    self.mountPoints = mountPoints
  }

  private struct Below {
    var status: FileStatus
    /// Layers that have a part in the folder it is.
    var layers: [Int] = []
  }

  /// Whether anything in the folder has changed. `below` are the layers that show in it.
  private mutating func visit(
    _ folder: borrowing FileDescriptor, path: String, below: [Int], depth: Int
  ) throws(SystemError) -> Bool {
    guard depth < Self.maximumDepth else {
      throw SystemError(errno: ENAMETOOLONG, "look for changes in", path)
    }
    let before = changes.count
    for entry in try folder.entries(maximum: Self.maximumChanges).sorted(by: {
      $0.name.lexicographicallyPrecedes($1.name)
    }) {
      let status: FileStatus
      do {
        status = try folder.status(of: entry.name)
      } catch {
        if error.errno == ENOENT { continue }
        throw error
      }
      let own = "\(path)/\(entry.text)"
      if Self.isWhiteout(status) {
        try add(.deleted, own)
        continue
      }
      let old = try find(own, in: below)
      guard status.kind == .directory else {
        if old == nil, status.size == 0, mountPoints.contains(own) { continue }
        try add(old == nil ? .added : .changed, own)
        continue
      }
      try visitFolder(entry.name, own, in: folder, status, old, depth: depth)
    }
    return changes.count > before
  }

  private mutating func visitFolder(
    _ name: [UInt8], _ path: String, in parent: borrowing FileDescriptor, _ status: FileStatus, _ old: Below?,
    depth: Int
  ) throws(SystemError) {
    let folder: FileDescriptor
    do {
      folder = try parent.open(name, [.directory, .noFollow])
    } catch {
      // The container runs on.
      if error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ELOOP { return }
      throw error
    }
    let isOpaque = try folder.extendedAttribute("trusted.overlay.opaque", maximum: 8) == [UInt8(ascii: "y")]
    let oldLayers = old?.layers ?? []
    let position = changes.count
    if isOpaque { try addHidden(folder, path, oldLayers) }
    let hasChanged = try visit(folder, path: path, below: isOpaque ? [] : oldLayers, depth: depth + 1)
    guard let old else {
      if !hasChanged, mountPoints.contains(path) { return }
      return try add(.added, path, at: position)
    }
    let isSame =
      old.status.kind == .directory && old.status.permissions == status.permissions
      && old.status.userID == status.userID && old.status.groupID == status.groupID
    // Brought up to hold a mount point, no more.
    let isSilent = changes.count == position && isSame && mountPoints.contains { $0.hasPrefix(path + "/") }
    if isSilent || (changes.count == position && isSame && old.status.modified == status.modified) { return }
    try add(.changed, path, at: position)
  }

  /// What an opaque folder hides and does not have itself.
  private mutating func addHidden(
    _ folder: borrowing FileDescriptor, _ path: String, _ layers: [Int]
  ) throws(SystemError) {
    var hidden: Set<[UInt8]> = []
    for layer in layers {
      let below = try open(path, in: layer)
      for entry in try below.entries() where try !Self.isWhiteout(below.status(of: entry.name)) {
        hidden.insert(entry.name)
      }
    }
    let own = Set(try folder.entries().map(\.name))
    for name in hidden.subtracting(own).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      try add(.deleted, "\(path)/\(name.pathText)")
    }
  }

  private mutating func add(_ kind: ChangeKind, _ path: String, at position: Int? = nil) throws(SystemError) {
    bytes += min(path.utf8.count, Self.maximumBytes)
    guard changes.count < Self.maximumChanges, bytes <= Self.maximumBytes else {
      throw SystemError(errno: EOVERFLOW, "list the changes of", "more files than can be told")
    }
    changes.insert(PathChange(kind: kind, path: path), at: min(position ?? changes.count, changes.count))
  }

  private func open(_ path: String, in layer: Int) throws(SystemError) -> FileDescriptor {
    try box(layer).file.open(String(path.dropFirst()), [.directory], resolve: Self.plain)
  }

  private func box(_ layer: Int) throws(SystemError) -> FileDescriptorBox {
    guard lowers.indices.contains(layer) else {
      throw SystemError(errno: EINVAL, "look into", "layer \(layer)")
    }
    return lowers[layer]
  }

  /// What `path` was before, in the layers that show in its folder.
  private func find(_ path: String, in layers: [Int]) throws(SystemError) -> Below? {
    var found: Below?
    for layer in layers {
      let file: FileDescriptorBox
      do {
        let opened = try box(layer).file.open(
          String(path.dropFirst()), [.pathOnly, .noFollow], resolve: Self.plain)
        file = FileDescriptorBox(opened)
      } catch {
        if error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ELOOP { continue }
        throw error
      }
      let status = try file.file.status()
      if Self.isWhiteout(status) { return found }
      if found == nil { found = Below(status: status) }
      guard status.kind == .directory else { return found }
      found?.layers.append(layer)
      if try file.file.extendedAttribute("trusted.overlay.opaque", maximum: 8) == [UInt8(ascii: "y")] {
        return found
      }
    }
    return found
  }

  private static func isWhiteout(_ status: FileStatus) -> Bool {
    status.kind == .characterDevice && status.representedDevice == 0
  }
}
