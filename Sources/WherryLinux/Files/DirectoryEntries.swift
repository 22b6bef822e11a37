import CWherryLinux
import Glibc

/// One entry of a folder.
package struct DirectoryEntry: Sendable, Hashable {
  /// Raw: a name need not be UTF-8.
  package var name: [UInt8]
  /// Unknown where the file system does not say.
  package var kind: FileStatus.Kind
  package var inode: UInt64

  package var text: String { String(decoding: name, as: UTF8.self) }
}

extension FileDescriptor {
  /// The folder's entries without `.` and `..`, in no order.
  /// Throws EOVERFLOW past `maximum`: no folder of ours is that large.
  package func entries(maximum: Int = 1 << 20) throws(SystemError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    try forEachEntry { entry throws(SystemError) in
      if entries.count >= maximum { throw SystemError(errno: EOVERFLOW, "list", "folder") }
      entries.append(entry)
      return true
    }
    return entries
  }

  package func isEmptyFolder() throws(SystemError) -> Bool {
    var isEmpty = true
    try forEachEntry { (_) throws(SystemError) in
      isEmpty = false
      return false
    }
    return isEmpty
  }

  /// Calls `body` for each entry until it returns false.
  package func forEachEntry(_ body: (DirectoryEntry) throws(SystemError) -> Bool) throws(SystemError) {
    // A descriptor of its own: fdopendir(3) takes it over, and a duplicate would share the position.
    let own = try open(".", [.directory])
    guard let stream = fdopendir(own.rawValue) else { throw .last("list", "folder") }
    _ = own.release()
    defer { closedir(stream) }
    while true {
      Glibc.errno = 0
      guard let raw = readdir(stream) else {
        if Glibc.errno != 0 { throw .last("list", "folder") }
        return
      }
      let name = Self.name(of: raw)
      if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
      let entry = DirectoryEntry(
        name: name, kind: FileStatus.Kind(directoryType: raw.pointee.d_type),
        inode: UInt64(raw.pointee.d_ino))
      if try !body(entry) { return }
    }
  }

  /// The name as long as the record says: d_name may be longer or shorter than its type's 256 bytes.
  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    let start = UnsafeRawPointer(entry).advanced(by: offset)
    let length = strnlen(start.assumingMemoryBound(to: CChar.self), Int(entry.pointee.d_reclen) - offset)
    return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
  }
}

extension FileStatus.Kind {
  init(directoryType: UInt8) {
    switch Int(directoryType) {
    case Int(DT_REG): self = .regular
    case Int(DT_DIR): self = .directory
    case Int(DT_LNK): self = .symbolicLink
    case Int(DT_CHR): self = .characterDevice
    case Int(DT_BLK): self = .blockDevice
    case Int(DT_FIFO): self = .fifo
    case Int(DT_SOCK): self = .socket
    default: self = .unknown
    }
  }
}
