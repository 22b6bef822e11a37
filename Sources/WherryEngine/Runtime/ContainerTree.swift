import Glibc
package import WherryLinux
package import WherryModel

/// Finds files by path in a container's root. Every link, absolute or full of `..`, stays inside: the kernel resolves
/// each path beneath the root's own descriptor. Calls block.
package struct ContainerTree: Sendable {
  package static let maximumPath = 4095
  private static let inside: ResolveFlags = [.inRoot, .noMagicLinks]

  let root: FileDescriptorBox
  /// For messages.
  let container: String
  /// Of its user namespace, whose users archives speak of.
  let owners: IDMap?

  package init(root: FileDescriptorBox, container: String, owners: IDMap? = nil) {
    self.root = root
    self.container = container
    self.owners = owners
  }

  package struct Found: Sendable, Equatable {
    package var status: FileStatus
    /// Of a symbolic link.
    package var target: String?
  }

  /// What the path itself is: a link it ends with is not followed, unless a slash or `/.` comes after.
  package func status(_ path: String) throws(WherryError) -> Found {
    try converting(path) { () throws(SystemError) in
      let file = try open(path, follow: false)
      let status = try file.file.status()
      guard status.kind == .symbolicLink else { return Found(status: status) }
      return Found(status: status, target: String(decoding: try file.file.readLink(""), as: UTF8.self))
    }
  }

  /// What to archive for `path`, whose first entry is `name`, or the path's own.
  package func archive(_ path: String, follow: Bool, name: String?) throws(WherryError) -> TreeArchiver {
    let own = path.split(separator: "/").last { $0 != "." }.map(String.init) ?? "."
    let name = Array((name ?? (path.hasSuffix("/.") || path == "." ? "." : own)).utf8)
    guard !name.isEmpty, !name.contains(UInt8(ascii: "/")), name != Array("..".utf8), name.count <= 255 else {
      throw WherryError(.invalidArgument, "\(Printable.text(name.pathText)) cannot name an archive's entry")
    }
    let rules = ArchiveRules(owners: owners)
    return try converting(path) { () throws(SystemError) in
      let file = try open(path, follow: follow)
      let status = try file.file.status()
      switch status.kind {
      case .directory:
        return TreeArchiver(
          .folder(FileDescriptorBox(try file.file.open(".", [.directory])), name: name), rules: rules)
      case .regular:
        // Exactly the file that was looked at.
        let readable = try FileDescriptor.open("/proc/self/fd/\(file.rawValue)", [.readOnly, .nonBlocking])
        return TreeArchiver(.file(FileDescriptorBox(readable), name: name), rules: rules)
      default:
        let parts = path.split(separator: "/").filter { $0 != "." }
        let parent = "/" + parts.dropLast().joined(separator: "/")
        let folder = FileDescriptorBox(try root.file.open(parent, [.directory], resolve: Self.inside))
        return TreeArchiver(
          .member(folder, entry: Array((parts.last ?? ".").utf8), name: name), rules: rules)
      }
    }
  }

  /// The folder to unpack in.
  package func folder(_ path: String) throws(WherryError) -> FileDescriptorBox {
    try converting(path) { () throws(SystemError) in
      FileDescriptorBox(try root.file.open(absolute(path), [.directory], resolve: Self.inside))
    }
  }

  private func open(_ path: String, follow: Bool) throws(SystemError) -> FileDescriptorBox {
    // The kernel follows what a slash comes after.
    let flags: OpenFlags = follow ? [.pathOnly] : [.pathOnly, .noFollow]
    return FileDescriptorBox(try root.file.open(absolute(path), flags, resolve: Self.inside))
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "/" + path }

  private func converting<Value>(
    _ path: String, _ body: () throws(SystemError) -> Value
  ) throws(WherryError) -> Value {
    guard path.utf8.count <= Self.maximumPath, !path.utf8.contains(0) else {
      throw WherryError(
        .invalidArgument, "the path is longer than \(Self.maximumPath) bytes or holds a zero byte")
    }
    do {
      return try body()
    } catch {
      let name = Printable.text(path)
      switch error.errno {
      case ENOENT:
        throw WherryError(
          .notFound, "Could not find the file \(name) in container \(container)", cause: error)
      case ENOTDIR:
        throw WherryError(.failedPrecondition, "\(name) in container \(container): not a directory")
      case ELOOP:
        throw WherryError(
          .failedPrecondition, "\(name) in container \(container): too many links", cause: error)
      default: throw WherryError(error, "\(name) in container \(container)")
      }
    }
  }
}
