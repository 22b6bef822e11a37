import Glibc

/// Copies what is in one folder into another, with owners, modes, times, links, nodes and extended attributes.
///
/// The source may be hostile and change meanwhile: everything is opened by one name in an open folder, no symbolic
/// link is followed, no other mount is entered, and what is gone when its turn comes is left out. The target must be
/// nobody else's. Blocks are shared where the file system can (FICLONE), holes stay holes. Calls block.
package struct TreeCopy: Sendable {
  /// Two descriptors stay open for each folder on the way down.
  static let maximumDepth = 128
  private static let maximumLinks = 1 << 18

  private struct FileKey: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
  }

  /// Regular files.
  package private(set) var files: UInt64 = 0
  /// Of those, the files whose blocks source and target share.
  package private(set) var shared: UInt64 = 0
  private var links: [FileKey: [[UInt8]]] = [:]
  private let top: FileDescriptorBox
  private let device: UInt64
  private var clones = true

  private init(_ top: FileDescriptorBox, device: UInt64) {
    self.top = top
    self.device = device
  }

  /// Copies the contents, and then the folder's own owner, mode, time and extended attributes.
  @discardableResult
  package static func contents(
    of source: FileDescriptorBox, into target: FileDescriptorBox
  ) throws(SystemError) -> TreeCopy {
    let status = try source.file.status()
    var copy = TreeCopy(target, device: status.device)
    try copy.copyContents(source.file, target.file, path: [])
    try copy.copyAttributes(from: source.file, status, to: target.file)
    return copy
  }

  private mutating func copyContents(
    _ source: borrowing FileDescriptor, _ target: borrowing FileDescriptor, path: [[UInt8]]
  ) throws(SystemError) {
    for entry in try source.entries() {
      do throws(SystemError) {
        try copy(entry.name, source, target, path: path + [entry.name])
      } catch {
        if [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(error.errno), try Self.isGone(entry.name, source) {
          continue
        }
        throw error
      }
    }
  }

  private static func isGone(_ name: [UInt8], _ source: borrowing FileDescriptor) throws(SystemError) -> Bool
  {
    do throws(SystemError) {
      _ = try source.status(of: name)
      return false
    } catch {
      if error.errno == ENOENT { return true }
      throw error
    }
  }

  private mutating func copy(
    _ name: [UInt8], _ source: borrowing FileDescriptor, _ target: borrowing FileDescriptor, path: [[UInt8]]
  ) throws(SystemError) {
    let status = try source.status(of: name)
    if status.kind != .directory, status.device != device, !Self.isOverlaid(source) { return }
    if status.kind != .directory, status.links > 1, try link(name, status, target, path: path) { return }
    switch status.kind {
    case .directory:
      guard path.count < Self.maximumDepth else {
        throw SystemError(errno: ENAMETOOLONG, "copy", Self.text(path))
      }
      // Nil where something is mounted there.
      guard let from = try Self.openFolder(name, in: source) else { return }
      try target.makeDirectory(name, mode: 0o700)
      let to = try target.open(name, [.directory, .noFollow])
      try copyContents(from.file, to, path: path)
      try copyAttributes(from: from.file, try from.file.status(), to: to)
    case .regular: try copyFile(name, source, target)
    case .symbolicLink:
      try target.makeSymbolicLink(name, to: try source.readLink(name))
      try target.changeOwner(of: name, user: status.userID, group: status.groupID)
      try target.setModified(of: name, status.modified)
    case .characterDevice, .blockDevice, .fifo:
      try target.makeNode(
        name, status.kind, mode: 0, major: DeviceNumber.major(status.representedDevice),
        minor: DeviceNumber.minor(status.representedDevice))
      try target.changeOwner(of: name, user: status.userID, group: status.groupID)
      try target.changeMode(of: name, status.permissions)
      try target.setModified(of: name, status.modified)
    // A socket is of use to the process that made it only.
    case .socket, .unknown: break
    }
  }

  private static func openFolder(
    _ name: [UInt8], in folder: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptorBox? {
    do throws(SystemError) {
      return FileDescriptorBox(try folder.open(name, [.directory, .noFollow], resolve: plain))
    } catch {
      if error.errno == EXDEV { return nil }
      throw error
    }
  }

  /// Files of an overlay may say that they are of the layer's device (filesystems/overlayfs, "Inode properties").
  private static func isOverlaid(_ folder: borrowing FileDescriptor) -> Bool {
    do {
      return try FileSystemUsage(of: "/proc/self/fd/\(folder.rawValue)").type & 0xffff_ffff == 0x794c_7630
    } catch {
      return false
    }
  }

  private static let plain: ResolveFlags = [
    .beneath, .noSymbolicLinks, .noMagicLinks, .noCrossingMounts,
  ]

  /// True where the file was copied before under another name.
  private mutating func link(
    _ name: [UInt8], _ status: FileStatus, _ target: borrowing FileDescriptor, path: [[UInt8]]
  ) throws(SystemError) -> Bool {
    let key = FileKey(device: status.device, inode: status.inode)
    guard let first = links[key], let last = first.last else {
      if links.count < Self.maximumLinks { links[key] = path }
      return false
    }
    let folder = Array(first.dropLast().joined(separator: [UInt8(ascii: "/")]))
    let parent = try top.file.open(
      folder.isEmpty ? [UInt8(ascii: ".")] : folder, [.directory], resolve: Self.plain)
    try target.link(last, in: parent, as: name)
    return true
  }

  private mutating func copyFile(
    _ name: [UInt8], _ source: borrowing FileDescriptor, _ target: borrowing FileDescriptor
  ) throws(SystemError) {
    // Looked at before it is opened: somebody may put a device in its place, and opening some does something.
    let node = try source.open(name, [.pathOnly, .noFollow])
    guard try node.status().kind == .regular else { return }
    let from = try FileDescriptor.open("/proc/self/fd/\(node.rawValue)", [.readOnly, .nonBlocking])
    let status = try from.status()
    let to = try target.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
    files += 1
    if clones, try to.clone(from: from) {
      shared += 1
    } else {
      // Not asked again of a file system that cannot.
      if status.size > 0 { clones = false }
      try to.copyData(of: from, size: status.size)
    }
    try copyAttributes(from: from, status, to: to)
  }

  /// The mode comes after the owner: a new owner takes set-user-ID bits away.
  private func copyAttributes(
    from source: borrowing FileDescriptor, _ status: FileStatus, to target: borrowing FileDescriptor
  ) throws(SystemError) {
    try target.changeOwner(user: status.userID, group: status.groupID)
    for name in try source.extendedAttributeNames() where Self.isCopied(name) {
      guard let value = try source.extendedAttribute(name) else { continue }
      do throws(SystemError) {
        try target.setExtendedAttribute(name, value)
      } catch {
        // The target's file system has no such thing: what can be kept is.
        if error.errno != EOPNOTSUPP { throw error }
      }
    }
    try target.changeMode(status.permissions)
    try target.setModified(status.modified)
  }

  /// Labels of a security module are those of the place, not of the file.
  private static func isCopied(_ name: String) -> Bool {
    if name.hasPrefix("trusted.overlay.") { return false }
    return name.hasPrefix("user.") || name.hasPrefix("trusted.") || name == "security.capability"
      || name.hasPrefix("system.posix_acl_")
  }

  private static func text(_ path: [[UInt8]]) -> String {
    Array(path.joined(separator: [UInt8(ascii: "/")])).pathText
  }
}
