import CWherryLinux
import Glibc

/// Files by path, for folders that only we write. Below hostile trees use descriptors.
package enum Files {
  /// The whole file. Throws EFBIG past `maximum`.
  package static func read(_ path: String, maximum: Int = 1 << 20) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor.open(path)
    do {
      return try file.readAll(maximum: maximum)
    } catch {
      throw SystemError(errno: error.errno, "read", path)
    }
  }

  /// As `read`, nil where the file does not exist.
  package static func readIfPresent(_ path: String, maximum: Int = 1 << 20) throws(SystemError) -> [UInt8]? {
    do {
      return try read(path, maximum: maximum)
    } catch {
      if error.errno == ENOENT { return nil }
      throw error
    }
  }

  /// The whole file as text, invalid UTF-8 replaced.
  package static func readText(_ path: String, maximum: Int = 1 << 20) throws(SystemError) -> String {
    String(decoding: try read(path, maximum: maximum), as: UTF8.self)
  }

  /// Writes in place, not durably: for /run, /proc and /sys. Creates the file.
  package static func write(_ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o600)
    throws(SystemError)
  {
    let file = try FileDescriptor.open(path, [.writeOnly, .create, .truncate, .noFollow], mode: mode)
    do {
      try file.write(bytes)
    } catch {
      throw SystemError(errno: error.errno, "write", path)
    }
    try file.close()
  }

  /// Replaces the file for readers at once, not durably: for /run.
  package static func replace(_ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o600)
    throws(SystemError)
  {
    let temporary = path + ".new"
    try write(temporary, bytes, mode: mode)
    try rename(temporary, to: path)
  }

  package static func status(_ path: String, following: Bool = false) throws(SystemError) -> FileStatus {
    var raw = stat()
    try systemCall("stat", path: path) {
      fstatat(AT_FDCWD, $0, &raw, following ? 0 : AT_SYMLINK_NOFOLLOW)
    }
    return FileStatus(raw)
  }

  /// Nil where nothing is there.
  package static func statusIfPresent(_ path: String, following: Bool = false) throws(SystemError)
    -> FileStatus?
  {
    do {
      return try status(path, following: following)
    } catch {
      if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
      throw error
    }
  }

  package static func exists(_ path: String) throws(SystemError) -> Bool {
    try statusIfPresent(path) != nil
  }

  package static func rename(_ path: String, to newPath: String) throws(SystemError) {
    try systemCall("rename", paths: path, newPath) { renameat(AT_FDCWD, $0, AT_FDCWD, $1) }
  }

  /// True when it was there.
  @discardableResult
  package static func unlink(_ path: String) throws(SystemError) -> Bool {
    do {
      try systemCall("remove", path: path) { unlinkat(AT_FDCWD, $0, 0) }
      return true
    } catch {
      if error.errno == ENOENT { return false }
      throw error
    }
  }

  /// Removes an empty folder; true when it was there.
  @discardableResult
  package static func removeDirectory(_ path: String) throws(SystemError) -> Bool {
    do {
      try systemCall("remove folder", path: path) { unlinkat(AT_FDCWD, $0, AT_REMOVEDIR) }
      return true
    } catch {
      if error.errno == ENOENT { return false }
      throw error
    }
  }

  package static func makeSymbolicLink(_ path: String, to target: String) throws(SystemError) {
    try systemCall("link", paths: target, path) { symlinkat($0, AT_FDCWD, $1) }
  }

  package static func readLink(_ path: String) throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = try systemCall("read link", path: path) { readlinkat(AT_FDCWD, $0, &buffer, buffer.count) }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Names in a folder, sorted; invalid UTF-8 replaced.
  package static func list(_ path: String) throws(SystemError) -> [String] {
    let folder = try FileDescriptor.open(path, [.directory])
    do {
      return try folder.entries().map(\.text).sorted()
    } catch {
      throw SystemError(errno: error.errno, "list", path)
    }
  }

  /// Makes the folder and those above it that are missing (mkdir -p) with exactly `mode`,
  /// whatever the umask. What exists already keeps its mode.
  package static func makeDirectories(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
    do {
      try systemCall("make folder", path: path) { mkdirat(AT_FDCWD, $0, mode) }
    } catch {
      switch error.errno {
      case EEXIST:
        if try status(path, following: true).kind == .directory { return }
        throw SystemError(errno: ENOTDIR, "make folder", path)
      case ENOENT:
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw error }
        try makeDirectories(String(path[..<slash]), mode: mode)
        return try makeDirectories(path, mode: mode)
      default: throw error
      }
    }
    try FileDescriptor.open(path, [.directory]).changeMode(mode)
  }
}
