import CWherryLinux
import Glibc

/// Files that are whole or absent after a power cut.
package enum DurableFile {
  /// Replaces `path` with `bytes`: write a temporary file beside it, fsync, rename, fsync the
  /// folder. When it returns, the new content survives power loss; when it throws, the old one
  /// is there still (or, if only the last fsync failed, either).
  ///
  /// A left-over temporary file is named `.NAME.*.tmp`; whoever lists the folder skips those.
  package static func write(_ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o600)
    throws(SystemError)
  {
    let (folderPath, name) = try split(path)
    let folder = try FileDescriptor.open(folderPath, [.directory])
    try write(name, in: folder, bytes, mode: mode)
  }

  /// As above, for `name` in an open folder.
  package static func write(
    _ name: String, in folder: borrowing FileDescriptor, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o600
  ) throws(SystemError) {
    let temporary = ".\(name.prefix(200)).\(RandomName.next()).tmp"
    do {
      let file = try folder.open(temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: mode)
      try file.write(bytes)
      try file.changeMode(mode)
      try file.sync()
      try file.close()
      try folder.rename(temporary, to: name, in: folder)
    } catch {
      // Whatever this says, the first failure is what the caller needs.
      do { try folder.unlink(temporary) } catch {}
      throw SystemError(errno: error.errno, "write", name)
    }
    try folder.sync()
  }

  /// Removes `path` and waits until its folder says so on disk. True when it was there.
  @discardableResult
  package static func remove(_ path: String) throws(SystemError) -> Bool {
    let (folderPath, _) = try split(path)
    let removed = try Files.unlink(path)
    if removed { try syncFolder(folderPath) }
    return removed
  }

  /// Moves a file or folder and waits until both folders are on disk.
  package static func move(_ path: String, to newPath: String) throws(SystemError) {
    let (from, _) = try split(path)
    let (to, _) = try split(newPath)
    try Files.rename(path, to: newPath)
    try syncFolder(to)
    if from != to { try syncFolder(from) }
  }

  /// Waits until the folder's entries are on disk.
  package static func syncFolder(_ path: String) throws(SystemError) {
    try FileDescriptor.open(path, [.directory]).sync()
  }

  /// Whether a name in a folder is a temporary file of `write`.
  package static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".") && name.hasSuffix(".tmp")
  }

  static func split(_ path: String) throws(SystemError) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let name = String(path[path.index(after: slash)...])
    if name.isEmpty { throw SystemError(errno: EINVAL, "write", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }
}
