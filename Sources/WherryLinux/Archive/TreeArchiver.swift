import Glibc
import Synchronization

/// Reads a tree, or one file, as a tar archive, a piece at a time.
///
/// The tree may be hostile and change meanwhile: everything is opened by one name in an open folder, no symbolic link
/// is followed, nothing but regular files is read, and what is gone when its turn comes is left out. Contents have
/// exactly the length that was announced. Calls block.
package final class TreeArchiver: Sendable {
  package enum Top: Sendable {
    /// What is in a folder, each under its own name.
    case contents(FileDescriptorBox)
    /// A folder under a name.
    case folder(FileDescriptorBox, name: [UInt8])
    /// One entry of a folder under another name.
    case member(FileDescriptorBox, entry: [UInt8], name: [UInt8])
    /// A regular file that is open for reading.
    case file(FileDescriptorBox, name: [UInt8])
  }

  private let walk: Mutex<TreeWalk>

  package init(_ top: Top, rules: ArchiveRules = ArchiveRules()) {
    walk = Mutex(TreeWalk(top, rules: rules))
  }

  /// A file that could not go into the archive as it is, and why; what comes after it is not to be used.
  package var refusal: String? { walk.withLock { $0.refusal } }

  /// 64 KiB or more, less at the end; nil after it.
  package func next() throws(SystemError) -> [UInt8]? {
    try walk.withLock { walk throws(SystemError) in try walk.next() }
  }
}

struct TreeWalk: Sendable {
  private static let chunk = 64 << 10
  static let maximumDepth = 1024
  /// Folders that stay open; the others are opened again, from the top, when their turn comes.
  private static let maximumOpen = 32
  private static let maximumLinks = 1 << 18
  /// Of their paths together; files beyond are archived once for each name.
  private static let maximumLinkBytes = 16 << 20

  private struct Level: Sendable {
    /// From the top, for opening it again.
    var source: [UInt8]
    /// In the archive, with a slash at the end; empty for none.
    var prefix: [UInt8]
    var device: UInt64
    var folder: FileDescriptorBox?
    /// Descending, so that the next is the last.
    var names: [[UInt8]]
  }

  private struct FileKey: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
  }

  private var top: TreeArchiver.Top?
  private var root: FileDescriptorBox?
  private var levels: [Level] = []
  var output: [UInt8] = []
  private var content: (file: FileDescriptorBox, left: Int64, padding: Int)?
  private var links: [FileKey: [UInt8]] = [:]
  private var linkBytes = 0
  /// Bytes of a layer's files, holes included.
  private var announced: Int64 = 0
  private var isEnded = false
  let rules: ArchiveRules
  var refusal: String?

  init(_ top: TreeArchiver.Top, rules: ArchiveRules) {
    self.top = top
    self.rules = rules
  }

  mutating func next() throws(SystemError) -> [UInt8]? {
    while !isEnded, output.count < Self.chunk { try step() }
    if output.isEmpty { return nil }
    defer { output = [] }
    return output
  }

  private mutating func step() throws(SystemError) {
    if content != nil { return try copyContent() }
    if let top {
      self.top = nil
      return try begin(top)
    }
    guard var level = levels.popLast() else {
      output += TarWriter.end
      isEnded = true
      return
    }
    guard let name = level.names.popLast() else { return }
    guard let folder = try open(&level) else { return }
    levels.append(level)
    try visit(name, in: folder, source: level.source, as: level.prefix + name, device: level.device)
  }

  private mutating func begin(_ top: TreeArchiver.Top) throws(SystemError) {
    switch top {
    case .contents(let folder): try enter(folder, source: [], prefix: [], status: try folder.file.status())
    case .folder(let folder, let name):
      try enter(folder, source: [], prefix: name + [UInt8(ascii: "/")], status: try folder.file.status())
    case .member(let folder, let entry, let name):
      root = folder
      try visit(entry, in: folder, source: [], as: name, device: try folder.file.status().device)
      if output.isEmpty, content == nil { throw SystemError(errno: ENOENT, "archive", entry.pathText) }
    case .file(let file, let name):
      let status = try file.file.status()
      guard status.kind == .regular else { throw SystemError(errno: EINVAL, "archive", name.pathText) }
      try emit(file, status, as: name)
    }
  }

  /// Nil where it is no more.
  private func open(_ level: inout Level) throws(SystemError) -> FileDescriptorBox? {
    if let folder = level.folder { return folder }
    guard let root else { return nil }
    do {
      let folder = FileDescriptorBox(
        try root.file.open(
          level.source, [.directory], resolve: [.beneath, .noSymbolicLinks, .noMagicLinks]))
      level.folder = folder
      return folder
    } catch {
      if Self.isGone(error) { return nil }
      throw error
    }
  }

  private mutating func visit(
    _ name: [UInt8], in folder: FileDescriptorBox, source: [UInt8], as path: [UInt8], device: UInt64
  ) throws(SystemError) {
    do {
      let status = try folder.file.status(of: name)
      if rules.isLayer, try isLayersOwn(name, status, as: path) { return }
      switch status.kind {
      case .directory:
        let child = FileDescriptorBox(try folder.file.open(name, [.directory, .noFollow]))
        let source = source.isEmpty ? name : source + [UInt8(ascii: "/")] + name
        try enter(
          child, source: source, prefix: path + [UInt8(ascii: "/")], status: try child.file.status(),
          parentDevice: device)
      case .regular:
        if isLinked(status, as: path) { return }
        // Looked at before it is opened: a container may put a device in its place, and opening some does something.
        let node = try folder.file.open(name, [.pathOnly, .noFollow])
        guard try node.status().kind == .regular else { return }
        let file = FileDescriptorBox(
          try FileDescriptor.open("/proc/self/fd/\(node.rawValue)", [.readOnly, .nonBlocking]))
        let found = try file.file.status()
        if found.kind == .regular { try emit(file, found, as: path) }
      case .symbolicLink:
        var member = describe(path, .symbolicLink, status)
        member.target = try folder.file.readLink(name)
        output += TarWriter.header(member)
      case .characterDevice, .blockDevice:
        if isLinked(status, as: path) { return }
        let kind: TarMember.Kind = status.kind == .blockDevice ? .blockDevice : .characterDevice
        var member = describe(path, kind, status)
        member.major = DeviceNumber.major(status.representedDevice)
        member.minor = DeviceNumber.minor(status.representedDevice)
        output += TarWriter.header(member)
      case .fifo: output += TarWriter.header(describe(path, .fifo, status))
      // No archive holds a socket.
      case .socket, .unknown: break
      }
    } catch {
      guard Self.isGone(error) else { throw SystemError(errno: error.errno, "archive", path.pathText) }
    }
  }

  private mutating func enter(
    _ folder: FileDescriptorBox, source: [UInt8], prefix: [UInt8], status: FileStatus,
    parentDevice: UInt64? = nil
  ) throws(SystemError) {
    if root == nil { root = folder }
    guard levels.count < Self.maximumDepth else {
      throw SystemError(errno: ENAMETOOLONG, "archive", prefix.pathText)
    }
    if !prefix.isEmpty, !rules.isLayer {
      output += TarWriter.header(describe(prefix, .directory, status))
    }
    if let parentDevice, parentDevice != status.device, try KernelFileSystem.contains(folder.file) { return }
    let names = try folder.file.entries().map(\.name).sorted { $1.lexicographicallyPrecedes($0) }
    if rules.isLayer, !prefix.isEmpty, try !beginLayerFolder(folder, prefix, status, names) { return }
    if levels.count >= Self.maximumOpen { levels[levels.count - Self.maximumOpen].folder = nil }
    levels.append(Level(source: source, prefix: prefix, device: status.device, folder: folder, names: names))
  }

  /// Writes a link where the file came before under another name.
  private mutating func isLinked(_ status: FileStatus, as path: [UInt8]) -> Bool {
    guard status.links > 1 else { return false }
    let key = FileKey(device: status.device, inode: status.inode)
    if let first = links[key] {
      var member = describe(path, .hardLink, status)
      member.target = first
      output += TarWriter.header(member)
      return true
    }
    if links.count < Self.maximumLinks, linkBytes + path.count <= Self.maximumLinkBytes {
      links[key] = path
      linkBytes += path.count
    }
    return false
  }

  private mutating func emit(_ file: FileDescriptorBox, _ status: FileStatus, as path: [UInt8])
    throws(SystemError)
  {
    var member = describe(path, .regular, status)
    member.size = max(0, status.size)
    if rules.isLayer {
      // At once, rather than after gigabytes of a hole's zeros.
      announced = announced.addingReportingOverflow(member.size).partialValue
      guard (0...ArchiveRules.maximumLayerBytes).contains(announced) else {
        return refuse(path, "with it the layer would have more than \(ArchiveRules.maximumLayerBytes) bytes")
      }
      guard try file.file.extendedAttribute("trusted.overlay.metacopy", maximum: 256) == nil else {
        return refuse(path, "this kernel's overlay keeps a note of it instead of its content (metacopy)")
      }
      member.attributes = try ArchivedAttributes.read(file.file)
    } else if let value = try file.file.extendedAttribute("security.capability", maximum: 256) {
      member.attributes["security.capability"] = value
    }
    output += TarWriter.header(member)
    content = (file, member.size, TarWriter.padding(after: member.size))
  }

  private mutating func copyContent() throws(SystemError) {
    guard let (file, left, padding) = content else { return }
    guard left > 0 else {
      output += [UInt8](repeating: 0, count: padding)
      content = nil
      return
    }
    let wanted = Int(min(left, Int64(Self.chunk)))
    var bytes = try file.file.read(maximum: wanted)
    // It has been cut meanwhile: what was announced must come.
    if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: wanted) }
    output += bytes
    content = (file, left - Int64(bytes.count), padding)
  }

  func describe(_ path: [UInt8], _ kind: TarMember.Kind, _ status: FileStatus) -> TarMember {
    var member = TarMember(path: path, kind: kind, permissions: status.permissions)
    member.userID = rules.owners?.inside(status.userID) ?? status.userID
    member.groupID = rules.owners?.inside(status.groupID) ?? status.groupID
    member.modified = FileTime(seconds: status.modified.seconds)
    return member
  }

  /// Removed, or replaced by something else, since it was listed.
  private static func isGone(_ error: SystemError) -> Bool {
    [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(error.errno)
  }
}
