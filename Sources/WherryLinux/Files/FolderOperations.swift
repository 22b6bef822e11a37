import CWherryLinux
import Glibc

/// The `*at()` calls, relative to this folder. None follows a symbolic link in the last
/// component. Names may be text or raw bytes; pass single names where the folder is hostile.
extension FileDescriptor {
  package func makeDirectory(_ name: some PathBytes, mode: UInt32 = 0o700) throws(SystemError) {
    try systemCall("make folder", path: name) { mkdirat(rawValue, $0, mode) }
  }

  /// Device nodes, FIFOs and sockets, mknodat(2).
  package func makeNode(
    _ name: some PathBytes, _ kind: FileStatus.Kind, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0
  ) throws(SystemError) {
    let type = kind.typeBits
    if type == 0 { throw SystemError(errno: EINVAL, "make node", name.pathText) }
    try systemCall("make node", path: name) {
      mknodat(rawValue, $0, type | (mode & 0o7777), UInt(wherry_makedev(major, minor)))
    }
  }

  package func makeSymbolicLink(_ name: some PathBytes, to target: some PathBytes) throws(SystemError) {
    try systemCall("link", paths: target, name) { symlinkat($0, rawValue, $1) }
  }

  /// A hard link `name` here to `existing` in `folder`, linkat(2).
  package func link(_ existing: some PathBytes, in folder: borrowing FileDescriptor, as name: some PathBytes)
    throws(SystemError)
  {
    let source = folder.rawValue
    try systemCall("link", paths: existing, name) { linkat(source, $0, rawValue, $1, 0) }
  }

  package func unlink(_ name: some PathBytes) throws(SystemError) {
    try systemCall("remove", path: name) { unlinkat(rawValue, $0, 0) }
  }

  package func removeDirectory(_ name: some PathBytes) throws(SystemError) {
    try systemCall("remove folder", path: name) { unlinkat(rawValue, $0, AT_REMOVEDIR) }
  }

  /// Moves `name` to `newName` in `folder`, replacing what is there, renameat(2).
  package func rename(
    _ name: some PathBytes, to newName: some PathBytes, in folder: borrowing FileDescriptor
  ) throws(SystemError) {
    let target = folder.rawValue
    try systemCall("rename", paths: name, newName) { renameat(rawValue, $0, target, $1) }
  }

  /// As `rename`, but EEXIST where the new name exists, renameat2(2).
  package func renameExclusively(
    _ name: some PathBytes, to newName: some PathBytes, in folder: borrowing FileDescriptor
  ) throws(SystemError) {
    let target = folder.rawValue
    try systemCall("rename", paths: name, newName) { wherry_renameat2(rawValue, $0, target, $1, 1) }
  }

  /// Swaps what two names stand for, at once, renameat2(2).
  package func exchange(
    _ name: some PathBytes, with other: some PathBytes, in folder: borrowing FileDescriptor
  ) throws(SystemError) {
    let target = folder.rawValue
    try systemCall("exchange", paths: name, other) { wherry_renameat2(rawValue, $0, target, $1, 2) }
  }

  package func readLink(_ name: some PathBytes) throws(SystemError) -> [UInt8] {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = try systemCall("read link", path: name) { readlinkat(rawValue, $0, &buffer, buffer.count) }
    return buffer.prefix(count).map { UInt8(bitPattern: $0) }
  }

  package func changeOwner(of name: some PathBytes, user: UInt32, group: UInt32) throws(SystemError) {
    try systemCall("change owner of", path: name) {
      fchownat(rawValue, $0, user, group, AT_SYMLINK_NOFOLLOW)
    }
  }

  /// Of the open file itself. Clears setuid and setgid bits: set the mode afterwards.
  package func changeOwner(user: UInt32, group: UInt32) throws(SystemError) {
    let number = rawValue
    try systemCall("change owner of", "descriptor \(number)") { fchown(number, user, group) }
  }

  /// Of the open file itself, which must not be opened `.pathOnly`.
  package func changeMode(_ mode: UInt32) throws(SystemError) {
    let number = rawValue
    try systemCall("change mode of", "descriptor \(number)") { fchmod(number, mode & 0o7777) }
  }

  /// Of exactly the node that is open `.pathOnly`, which must be no symbolic link.
  package func changeModeOfNode(_ mode: UInt32) throws(SystemError) {
    try systemCall("change mode of", path: "/proc/self/fd/\(rawValue)") { chmod($0, mode & 0o7777) }
  }

  /// Of a node known not to be a symbolic link: fchmodat(2) follows them.
  package func changeMode(of name: some PathBytes, _ mode: UInt32) throws(SystemError) {
    try systemCall("change mode of", path: name) { fchmodat(rawValue, $0, mode & 0o7777, 0) }
  }

  /// Sets the modification time; the access time stays. utimensat(2).
  package func setModified(of name: some PathBytes, _ time: FileTime) throws(SystemError) {
    let times = [timespec(tv_sec: 0, tv_nsec: wherry_utime_omit()), time.raw]
    try systemCall("set time of", path: name) { utimensat(rawValue, $0, times, AT_SYMLINK_NOFOLLOW) }
  }

  package func setModified(_ time: FileTime) throws(SystemError) {
    let times = [timespec(tv_sec: 0, tv_nsec: wherry_utime_omit()), time.raw]
    let number = rawValue
    try systemCall("set time of", "descriptor \(number)") { futimens(number, times) }
  }
}

extension FileTime {
  var raw: timespec { timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }
}
