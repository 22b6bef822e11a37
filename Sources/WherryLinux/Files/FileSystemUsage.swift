import CWherryLinux
import Glibc

/// What statfs(2) says of a file system.
package struct FileSystemUsage: Sendable, Equatable {
  package var totalBytes: UInt64
  /// For us, that is without what is reserved for root where we are not.
  package var freeBytes: UInt64
  package var totalFiles: UInt64
  package var freeFiles: UInt64
  /// The magic number, such as 0x794c7630 of overlayfs.
  package var type: UInt64

  package init(of path: String) throws(SystemError) {
    var raw = statfs()
    try systemCall("stat file system of", path: path) { wherry_statfs($0, &raw) }
    let block = UInt64(raw.f_frsize > 0 ? raw.f_frsize : raw.f_bsize)
    totalBytes = UInt64(raw.f_blocks).multipliedReportingOverflow(by: block).partialValue
    freeBytes = UInt64(raw.f_bavail).multipliedReportingOverflow(by: block).partialValue
    totalFiles = UInt64(raw.f_files)
    freeFiles = UInt64(raw.f_ffree)
    type = UInt64(raw.f_type)
  }
}

/// The size of a tree: a file with several names counts once.
package struct TreeSize: Sendable, Equatable {
  /// What files say they hold.
  package var bytes: UInt64 = 0
  /// What they take on disk.
  package var allocated: UInt64 = 0
  package var files: UInt64 = 0

  package init() {}

  /// Never follows links nor enters other mounts. What lies deeper than 200 folders is not counted, nor is what goes
  /// while it is measured.
  package init(of path: String) throws(SystemError) {
    let top = try FileDescriptor.open(path, [.directory, .noFollow])
    var seen: Set<UInt64> = []
    try measure(top, device: try top.status().device, depth: 0, &seen)
  }

  /// Nil where `path` is not, or not any more.
  package static func ifPresent(_ path: String) throws(SystemError) -> TreeSize? {
    try present { () throws(SystemError) in try TreeSize(of: path) }
  }

  private mutating func measure(
    _ folder: borrowing FileDescriptor, device: UInt64, depth: Int, _ seen: inout Set<UInt64>
  ) throws(SystemError) {
    if depth > 200 { return }
    var folders: [[UInt8]] = []
    guard let entries = try Self.present({ () throws(SystemError) in try folder.entries() }) else { return }
    for entry in entries {
      let found = try Self.present { () throws(SystemError) in try folder.status(of: entry.name) }
      guard let status = found, status.device == device else { continue }
      files += 1
      if status.kind == .directory {
        allocated &+= UInt64(max(status.allocated, 0))
        folders.append(entry.name)
        continue
      }
      if status.links > 1, !seen.insert(status.inode).inserted { continue }
      allocated &+= UInt64(max(status.allocated, 0))
      if status.kind == .regular { bytes &+= UInt64(max(status.size, 0)) }
    }
    for name in folders {
      let found = try Self.present { () throws(SystemError) in
        FileDescriptorBox(try folder.open(name, [.directory, .noFollow]))
      }
      guard let child = found else { continue }
      try measure(child.file, device: device, depth: depth + 1, &seen)
    }
  }

  /// Nil for what has gone, or become something else, since it was listed.
  private static func present<Value>(
    _ look: () throws(SystemError) -> Value
  ) throws(SystemError) -> Value? {
    do throws(SystemError) {
      return try look()
    } catch {
      if error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ELOOP { return nil }
      throw error
    }
  }
}
