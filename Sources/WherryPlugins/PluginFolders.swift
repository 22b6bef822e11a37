import WherryEngine
import WherryLinux
package import WherryModel
import WherryWire

/// The folders that plugins are in, the first with a name wins. Looking blocks.
package struct PluginFolders: Sendable {
  package static let standard = ["/etc/wherry/plugins", "/usr/lib/wherry/plugins"]
  static let suffix = ".socket"
  static let maximumPlugins = 64

  package var paths: [String]

  package init(_ paths: [String] = PluginFolders.standard) {
    self.paths = paths
  }

  /// Throws `notFound`, or `permissionDenied` for one that somebody else than root could change.
  package func find(_ name: String) throws(WherryError) -> PluginFile {
    guard PluginFile.isName(name) else { throw Self.notFound(name) }
    for folder in paths {
      for (path, kind) in [
        ("\(folder)/\(name)", PluginKind.executable), ("\(folder)/\(name)\(Self.suffix)", .socket),
      ] {
        if let file = try Self.look(path, name, kind, in: folder) { return file }
      }
    }
    throw Self.notFound(name)
  }

  private static func notFound(_ name: String) -> WherryError {
    WherryError(
      .notFound, "plugin \"\(Printable.text(name))\" not found",
      hint: "wherry plugin ls shows those there are; a plugin is a file in /etc/wherry/plugins")
  }

  /// Names of all there seems to be, usable or not, ascending.
  package func names() throws(WherryError) -> [String] {
    var names: Set<String> = []
    for folder in paths {
      let found = try WherryError.converting { () throws(SystemError) in
        try Files.exists(folder) ? try Files.list(folder) : []
      }
      for entry in found.sorted() where names.count < Self.maximumPlugins {
        let name = entry.hasSuffix(Self.suffix) ? String(entry.dropLast(Self.suffix.count)) : entry
        if PluginFile.isName(name) { names.insert(name) }
      }
    }
    return names.sorted()
  }

  private static func look(
    _ path: String, _ name: String, _ kind: PluginKind, in folder: String
  ) throws(WherryError) -> PluginFile? {
    let (status, folders) = try WherryError.converting("plugin \(name)") {
      () throws(SystemError) -> (FileStatus?, FileStatus?) in
      (try Files.statusIfPresent(path), try Files.statusIfPresent(folder))
    }
    guard let status, let folders else { return nil }
    // Whoever may change the file or the folder would be root here.
    try check(folders, path: folder, name)
    guard status.kind == (kind == .socket ? .socket : .regular) else {
      throw WherryError(
        .failedPrecondition, "plugin \(name): \(path) is no \(kind == .socket ? "socket" : "regular file")",
        hint: "put the program itself there, not a link, or a socket named \(name)\(suffix)")
    }
    try check(status, path: path, name)
    if kind == .executable, status.permissions & 0o100 == 0 {
      throw WherryError(
        .failedPrecondition, "plugin \(name): \(path) is not executable", hint: "chmod 755 \(path)")
    }
    return PluginFile(
      name: name, path: path, kind: kind, device: status.device, inode: status.inode, changed: status.changed)
  }

  private static func check(_ status: FileStatus, path: String, _ name: String) throws(WherryError) {
    if status.userID != 0 {
      throw WherryError(
        .permissionDenied, "plugin \(name): \(path) is user \(status.userID)'s, not root's",
        hint: "chown root \(path)")
    }
    if status.permissions & 0o002 != 0 || status.permissions & 0o020 != 0 && status.groupID != 0 {
      throw WherryError(
        .permissionDenied, "plugin \(name): others than root may write to \(path)", hint: "chmod go-w \(path)"
      )
    }
  }
}
