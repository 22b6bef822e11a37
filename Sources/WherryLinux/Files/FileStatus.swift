import CWherryLinux
import Glibc

/// What stat(2) says of a file.
package struct FileStatus: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case regular
    case directory
    case symbolicLink
    case characterDevice
    case blockDevice
    case fifo
    case socket
    case unknown
  }

  package var kind: Kind
  /// The lower twelve bits of the mode.
  package var permissions: UInt32
  package var userID: UInt32
  package var groupID: UInt32
  package var size: Int64
  /// Bytes on disk.
  package var allocated: Int64
  package var device: UInt64
  /// Of a device node.
  package var representedDevice: UInt64
  package var inode: UInt64
  package var links: UInt64
  package var modified: FileTime
  /// When its inode last changed: not before it was given its name.
  package var changed: FileTime

  init(_ raw: stat) {
    kind = Kind(mode: raw.st_mode)
    permissions = raw.st_mode & 0o7777
    userID = raw.st_uid
    groupID = raw.st_gid
    size = Int64(raw.st_size)
    allocated = Int64(raw.st_blocks) * 512
    device = UInt64(raw.st_dev)
    representedDevice = UInt64(raw.st_rdev)
    inode = UInt64(raw.st_ino)
    links = UInt64(raw.st_nlink)
    modified = FileTime(seconds: Int64(raw.st_mtim.tv_sec), nanoseconds: Int64(raw.st_mtim.tv_nsec))
    changed = FileTime(seconds: Int64(raw.st_ctim.tv_sec), nanoseconds: Int64(raw.st_ctim.tv_nsec))
  }
}

extension FileStatus.Kind {
  init(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    default: self = .unknown
    }
  }

  /// The type bits of a mode, for mknod(2); zero where it cannot be made that way.
  var typeBits: UInt32 {
    switch self {
    case .regular: S_IFREG
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    case .fifo: S_IFIFO
    case .socket: S_IFSOCK
    case .directory, .symbolicLink, .unknown: 0
    }
  }
}

/// A moment as file systems keep it; may lie before 1970.
package struct FileTime: Hashable, Comparable, Sendable {
  package var seconds: Int64
  package var nanoseconds: Int64

  package init(seconds: Int64, nanoseconds: Int64 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  package static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

extension FileDescriptor {
  /// Of the open file itself, fstat(2).
  package func status() throws(SystemError) -> FileStatus {
    var raw = stat()
    let number = rawValue
    try systemCall("stat", "descriptor \(number)") { fstat(number, &raw) }
    return FileStatus(raw)
  }

  /// Of `name` in this folder, fstatat(2); a symbolic link itself unless `following`.
  package func status(of name: some PathBytes, following: Bool = false) throws(SystemError) -> FileStatus {
    var raw = stat()
    try systemCall("stat", path: name) {
      fstatat(rawValue, $0, &raw, following ? 0 : AT_SYMLINK_NOFOLLOW)
    }
    return FileStatus(raw)
  }
}
