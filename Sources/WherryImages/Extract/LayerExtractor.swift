import Glibc
import WherryLinux
import WherryModel

/// Writes an archive's entries into a tree of its own, over the layers below it.
final class LayerExtractor {
  struct Result: Sendable, Equatable {
    /// Folders the daemon must mark opaque for overlay.
    var opaque: [TreePath]
    var entries: Int
    var bytes: UInt64
  }

  let root: LayeredRoot
  private let limits: ExtractionLimits
  private let tree: String
  /// Hears where each file's content went.
  var skeleton: SkeletonRecorder?
  /// Hears what each file's content is.
  var digests: FileDigests?
  /// Where only some files are written.
  var wanted: WantedFiles?
  private var entries = 0
  private var written: UInt64 = 0
  private var unchecked: UInt64 = 0

  /// `tree` is an existing, empty folder.
  init(tree: String, lowers: [LowerTree], limits: ExtractionLimits) throws(SystemError) {
    self.tree = tree
    self.limits = limits
    root = LayeredRoot(own: try FileDescriptor.open(tree, [.directory, .noFollow]), lowers: lowers)
  }

  func extract(_ archive: TarReader) throws -> Result {
    try checkSpace()
    while let entry = try archive.next() {
      entries += 1
      guard entries <= limits.entries else {
        throw exhausted("it has more than \(limits.entries) entries")
      }
      do {
        try place(entry, archive)
      } catch let error as SystemError {
        let path = RegistryFailure.plain(String(decoding: entry.path.prefix(200), as: UTF8.self))
        throw WherryError(error, "extract \(path)")
      }
    }
    if wanted == nil { try emptyLowerRoot() }
    try restoreTimes()
    return Result(
      opaque: root.opaque.filter { !$0.isRoot }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) },
      entries: entries,
      bytes: written)
  }

  private func place(_ entry: TarEntry, _ archive: TarReader) throws {
    guard entry.path.count <= limits.pathBytes else { throw exhausted("a path is too long") }
    var names = cleanComponents(entry.path)
    guard names.allSatisfy({ Whiteout.length($0) <= limits.nameBytes }) else {
      throw exhausted("a name is too long")
    }
    guard !names.contains(where: Whiteout.isForbidden) else {
      throw WherryError(.protocolViolation, "layer refused: it has a whiteout of a folder in itself")
    }
    guard let name = names.popLast() else {
      // The root itself; anything but a folder in its place means nothing.
      if wanted == nil, entry.kind == .directory { try describe(.root, entry) }
      return
    }
    if let wanted, try !wanted.has(entry, name, in: names, root) { return }
    switch Whiteout(name) {
    case .opaque:
      if let folder = try root.resolve(names, create: true) { root.makeOpaque(folder.path) }
    case .hide(let hidden): try hide(hidden, in: names)
    case .ignored: break
    case nil:
      guard let folder = try root.resolve(names, create: true) else { return }
      try write(entry, name, in: folder, archive)
    }
  }

  private func write(
    _ entry: TarEntry, _ name: [UInt8], in folder: LayeredRoot.FolderView, _ archive: TarReader
  ) throws {
    let path = folder.path.appending(name)
    let parent = try root.open(folder)
    switch entry.kind {
    case .directory: try makeFolder(entry, name, in: folder, parent)
    case .regular:
      let file = try replacing(name, path, parent) { () throws(SystemError) in
        try parent.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
      }
      try fill(entry, file, archive)
      skeleton?.placed(path, start: archive.entryStart)
    case .symbolicLink(let target):
      guard !target.isEmpty else {
        throw WherryError(.protocolViolation, "layer refused: a link has no target")
      }
      try replacing(name, path, parent) { () throws(SystemError) in
        try parent.makeSymbolicLink(name, to: target)
      }
      try parent.changeOwner(of: name, user: entry.userID, group: entry.groupID)
      if let modified = entry.modified { try parent.setModified(of: name, modified) }
    case .hardLink(let target): try link(target, name, path, parent)
    case .characterDevice(major: 0, minor: 0):
      // As a node it would be a whiteout for overlay: so let it be one.
      try hide(name, in: folder)
    case .characterDevice(let major, let minor):
      try makeNode(.characterDevice, entry, name, path, parent, major, minor)
    case .blockDevice(let major, let minor):
      try makeNode(.blockDevice, entry, name, path, parent, major, minor)
    case .fifo: try makeNode(.fifo, entry, name, path, parent, 0, 0)
    case .other: break
    }
  }

  // MARK: - Kinds

  private func makeFolder(
    _ entry: TarEntry, _ name: [UInt8], in folder: LayeredRoot.FolderView, _ parent: borrowing FileDescriptor
  ) throws {
    let path = folder.path.appending(name)
    do {
      try parent.makeDirectory(name)
      root.changed(path, replaced: false)
    } catch {
      guard error.errno == EEXIST else { throw error }
      let status = try parent.status(of: name)
      if status.kind != .directory {
        // What lower layers have here was hidden by what this layer had before.
        try parent.unlink(name)
        try parent.makeDirectory(name)
        root.changed(path, replaced: true)
        root.makeOpaque(path)
      }
    }
    try describe(path, entry)
  }

  private func describe(_ path: TreePath, _ entry: TarEntry) throws(SystemError) {
    let folder = try root.own.open(path.orDot, [.directory], resolve: LayeredRoot.plain)
    try folder.changeOwner(user: entry.userID, group: entry.groupID)
    try folder.changeMode(entry.permissions)
    try AttributeRules.apply(entry.attributes, to: folder)
    root.modified[path] = entry.modified
  }

  private func fill(_ entry: TarEntry, _ file: borrowing FileDescriptor, _ archive: TarReader) throws {
    guard entry.size <= limits.fileSize else {
      throw exhausted("a file is larger than \(limits.fileSize) bytes")
    }
    let number = file.rawValue
    var end: Int64 = 0
    // What is all zeros is left a hole: a container's sparse file comes as a full one.
    var written: Int64 = 0
    var content = digests?.begin()
    try archive.forEachBlock { bytes, offset in
      guard offset >= end, UInt64(offset) <= limits.fileSize else {
        throw WherryError(.protocolViolation, "layer refused: a sparse file's parts overlap")
      }
      try account(bytes.count)
      content?.update(hole: UInt64(offset - end))
      content?.update(bytes)
      end = offset + Int64(bytes.count)
      if bytes.count >= Self.smallestHole, Self.isZero(bytes) { return }
      try Self.write(number, bytes, at: offset)
      written = end
    }
    guard UInt64(end) <= limits.fileSize else { throw exhausted("a file is too large") }
    let size = max(end, Int64(entry.size))
    if written < size { try file.truncate(to: size) }
    try file.changeOwner(user: entry.userID, group: entry.groupID)
    try file.changeMode(entry.permissions)
    try AttributeRules.apply(entry.attributes, to: file)
    if let modified = entry.modified { try file.setModified(modified) }
    content?.update(hole: UInt64(size - end))
    if let content { try digests?.record(try file.status().inode, content) }
  }

  private func makeNode(
    _ kind: FileStatus.Kind, _ entry: TarEntry, _ name: [UInt8], _ path: TreePath,
    _ parent: borrowing FileDescriptor, _ major: UInt32, _ minor: UInt32
  ) throws {
    try replacing(name, path, parent) { () throws(SystemError) in
      try parent.makeNode(name, kind, mode: entry.permissions, major: major, minor: minor)
    }
    try parent.changeOwner(of: name, user: entry.userID, group: entry.groupID)
    try parent.changeMode(of: name, entry.permissions)
    if let modified = entry.modified { try parent.setModified(of: name, modified) }
  }

  private func link(
    _ target: [UInt8], _ name: [UInt8], _ path: TreePath, _ parent: borrowing FileDescriptor
  ) throws {
    guard target.count <= limits.pathBytes else { throw exhausted("a path is too long") }
    var names = cleanComponents(target)
    guard let last = names.popLast(), let folder = try root.resolve(names, create: true) else {
      throw SystemError(errno: ENOENT, "link to", "/")
    }
    // The target's last name is not followed: a link to a symbolic link is another name of that link.
    if folder.path.appending(last) == path { return }
    switch try root.find(last, in: folder) {
    case .other(own: false, let lower?): try bringUp(last, in: folder, from: root.lowers[lower])
    case .link:
      if try LayeredRoot.status(root.own, folder.path.appending(last)) == nil {
        try bringUpLink(last, in: folder)
      }
    case .absent, .whiteout:
      throw SystemError(errno: ENOENT, "link to", folder.path.appending(last).description)
    case .folder: throw SystemError(errno: EPERM, "link to", folder.path.appending(last).description)
    case .other: break
    }
    let source = try root.open(folder)
    try replacing(name, path, parent) { () throws(SystemError) in
      try parent.link(last, in: source, as: name)
    }
  }

  // MARK: - Helpers

  /// Makes something that must not exist; what this layer had there before is removed.
  private func replacing<Made: ~Copyable>(
    _ name: [UInt8], _ path: TreePath, _ parent: borrowing FileDescriptor,
    _ make: () throws(SystemError) -> Made
  ) throws(SystemError) -> Made {
    do {
      let made = try make()
      root.changed(path, replaced: false)
      return made
    } catch {
      guard error.errno == EEXIST else { throw error }
      try parent.removeTree(name)
      root.changed(path, replaced: true)
      skeleton?.giveUp()
      return try make()
    }
  }

  func account(_ count: Int) throws {
    written += UInt64(count)
    guard written <= limits.fileBytes else {
      throw exhausted("its files are larger than \(limits.fileBytes) bytes")
    }
    unchecked += UInt64(count)
    if unchecked >= 16 << 20 {
      unchecked = 0
      try checkSpace()
    }
  }

  private func checkSpace() throws(WherryError) {
    let usage = try WherryError.converting("measure \(tree)") { () throws(SystemError) in
      try FileSystemUsage(of: tree)
    }
    guard usage.freeBytes >= limits.reservedBytes else {
      throw WherryError(
        .noSpace, "extract layer: only \(usage.freeBytes >> 20) MiB are free",
        hint: "free space on the device that holds \(tree), for example with: wherry system prune")
    }
  }

  /// Last, because writing into a folder changes its time.
  private func restoreTimes() throws(WherryError) {
    for (path, time) in root.modified {
      try WherryError.converting("set time of \(path)") { () throws(SystemError) in
        let folder = try root.own.open(path.orDot, [.directory], resolve: LayeredRoot.plain)
        try folder.setModified(time)
      }
    }
  }

  private static let smallestHole = 4096

  private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.first == 0 else { return bytes.isEmpty }
    // Each byte equals the one before it.
    return memcmp(start, start + 1, bytes.count - 1) == 0
  }

  static func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(fd, rest.baseAddress, rest.count, off_t(offset) + done)
      if count < 0 {
        guard errno == EINTR else { throw SystemError.last("write", "file") }
        continue
      }
      done += count
    }
  }

  private func exhausted(_ reason: String) -> WherryError {
    WherryError(.resourceExhausted, "layer refused: \(reason)")
  }
}
