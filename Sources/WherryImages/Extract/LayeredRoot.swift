import Glibc
import WherryLinux
import WherryModel

/// The layer that is being written, as it will look over the layers below it.
///
/// A layer's archive was made from a mounted overlay: `bin/x` is meant to be written through the
/// symbolic link `bin` of a layer below. So names are resolved here as the kernel would in the
/// mounted overlay, and folders on the way are brought up with their owners and modes. (containerd
/// mounts an overlay and extracts through it; that needs CAP_SYS_ADMIN, which the worker gave up.)
///
/// Whatever is opened is opened by `openat2` with a path of plain names beneath the tree's own
/// descriptor and no symbolic links: even a mistake here could not lead out.
final class LayeredRoot {
  static let maximumLinks = 40
  static let plain: ResolveFlags = [.beneath, .noSymbolicLinks, .noMagicLinks, .noCrossingMounts]

  let own: FileDescriptor
  /// The highest first.
  let lowers: [LowerTree]
  /// Folders below which nothing of lower layers shows.
  private(set) var opaque: Set<TreePath> = []
  /// Folders brought up from below get their time back at the end.
  var modified: [TreePath: FileTime] = [:]

  private var cache: [[UInt8]: FolderView] = [:]
  /// Links that cached resolutions went through.
  private var traversed: Set<TreePath> = []

  init(own: consuming FileDescriptor, lowers: [LowerTree]) {
    self.own = own
    self.lowers = lowers
  }

  /// A folder of the merged view: which layers have a part in it.
  struct FolderView {
    var path: TreePath
    var hasOwn: Bool
    /// Indices into `lowers`, the highest first.
    var lowers: [Int]
  }

  enum Found {
    case absent
    /// Our own mark that hides what is below.
    case whiteout
    case folder(FolderView)
    case link([UInt8])
    case other(own: Bool, lower: Int?)
  }

  var rootView: FolderView {
    FolderView(path: .root, hasOwn: true, lowers: opaque.contains(.root) ? [] : Array(lowers.indices))
  }

  /// What `name` is in the merged view of `folder`.
  func find(_ name: [UInt8], in folder: FolderView) throws(SystemError) -> Found {
    let path = folder.path.appending(name)
    var ownFolder = false
    if folder.hasOwn, let status = try Self.status(own, path) {
      if Self.isWhiteout(status) { return .whiteout }
      switch status.kind {
      case .directory: ownFolder = true
      case .symbolicLink: return .link(try Self.readLink(own, path))
      default: return .other(own: true, lower: nil)
      }
    }
    var parts: [Int] = []
    if !(ownFolder && opaque.contains(path)) {
      for index in folder.lowers {
        let lower = lowers[index]
        guard let status = try Self.status(lower.tree, path) else { continue }
        if Self.isWhiteout(status) { break }
        if status.kind == .directory {
          parts.append(index)
          if lower.opaque.contains(path) { break }
        } else {
          if ownFolder || !parts.isEmpty { break }
          if status.kind == .symbolicLink { return .link(try Self.readLink(lower.tree, path)) }
          return .other(own: false, lower: index)
        }
      }
    }
    guard ownFolder || !parts.isEmpty else { return .absent }
    return .folder(FolderView(path: path, hasOwn: ownFolder, lowers: parts))
  }

  /// The folder `names` lead to, following links. With `create`, missing folders are made and those of
  /// lower layers brought up; without, nil where something is missing.
  func resolve(_ names: [[UInt8]], create: Bool) throws -> FolderView? {
    let key = Array(names.joined(separator: [UInt8(ascii: "/")]))
    if create, let view = cache[key] { return view }
    var pending = Array(names.reversed())
    var stack = [rootView]
    var links = 0
    while let name = pending.popLast() {
      guard let folder = stack.last else { return nil }
      if name == [UInt8(ascii: "."), UInt8(ascii: ".")] {
        if stack.count > 1 { stack.removeLast() }
        continue
      }
      switch try find(name, in: folder) {
      case .folder(var view):
        if create, !view.hasOwn {
          try bringUpFolder(view, name)
          view.hasOwn = true
        }
        stack.append(view)
      case .link(let target):
        links += 1
        guard links <= Self.maximumLinks else {
          throw SystemError(errno: ELOOP, "resolve", folder.path.appending(name).description)
        }
        if create { traversed.insert(folder.path.appending(name)) }
        if target.first == UInt8(ascii: "/") { stack.removeLast(stack.count - 1) }
        let dot = [UInt8(ascii: ".")]
        pending += target.split(separator: UInt8(ascii: "/")).map { Array($0) }.filter { $0 != dot }
          .reversed()
      case .absent, .whiteout:
        guard create else { return nil }
        stack.append(try makeFolder(name, in: folder))
      case .other:
        throw SystemError(errno: ENOTDIR, "resolve", folder.path.appending(name).description)
      }
    }
    if create, let view = stack.last {
      if cache.count >= 4096 { forget() }
      cache[key] = view
    }
    return stack.last
  }

  /// Opens a folder of our own tree.
  func open(_ view: FolderView) throws(SystemError) -> FileDescriptor {
    try own.open(view.path.orDot, [.directory], resolve: Self.plain)
  }

  /// Lower layers show no more in this folder.
  func makeOpaque(_ path: TreePath) {
    if opaque.insert(path).inserted { forget() }
  }

  /// To be told when `path` became something else than it was.
  func changed(_ path: TreePath, replaced: Bool) {
    if replaced || traversed.contains(path) { forget() }
    guard replaced else { return }
    opaque = opaque.filter { !$0.isAtOrBelow(path) }
    modified = modified.filter { !$0.key.isAtOrBelow(path) }
  }

  /// Makes a folder that must not show what is below a whiteout it replaces.
  func makeFolder(_ name: [UInt8], in folder: FolderView) throws(SystemError) -> FolderView {
    let descriptor = try open(folder)
    let path = folder.path.appending(name)
    do {
      try descriptor.makeDirectory(name, mode: 0o755)
    } catch {
      guard error.errno == EEXIST else { throw error }
      // Our own whiteout.
      try descriptor.unlink(name)
      try descriptor.makeDirectory(name, mode: 0o755)
      makeOpaque(path)
    }
    return FolderView(path: path, hasOwn: true, lowers: [])
  }

  private func forget() {
    cache = [:]
    traversed = []
  }

  /// Makes a folder that lower layers have, with the owner, mode and attributes of the highest.
  private func bringUpFolder(_ view: FolderView, _ name: [UInt8]) throws {
    guard let index = view.lowers.first, let parent = view.path.split?.parent else { return }
    let source = try lowers[index].tree.open(view.path.orDot, [.directory], resolve: Self.plain)
    let status = try source.status()
    let folder = try own.open(parent.orDot, [.directory], resolve: Self.plain)
    try folder.makeDirectory(name)
    let made = try own.open(view.path.orDot, [.directory], resolve: Self.plain)
    try made.changeOwner(user: status.userID, group: status.groupID)
    try made.changeMode(status.permissions)
    try AttributeRules.copy(from: source, to: made)
    modified[view.path] = status.modified
  }

  static func status(_ tree: borrowing FileDescriptor, _ path: TreePath) throws(SystemError) -> FileStatus? {
    do {
      return try tree.open(path.orDot, [.pathOnly, .noFollow], resolve: plain).status()
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      return nil
    }
  }

  static func isWhiteout(_ status: FileStatus) -> Bool {
    status.kind == .characterDevice && status.representedDevice == 0
  }

  private static func readLink(
    _ tree: borrowing FileDescriptor, _ path: TreePath
  ) throws(SystemError) -> [UInt8] {
    guard let (parent, name) = path.split else { return [] }
    return try tree.open(parent.orDot, [.directory, .pathOnly], resolve: plain).readLink(name)
  }
}
