import CLibArchive
import Glibc
import WherryLinux
import WherryModel

/// Reads tar archives of all dialects (ustar, pax, GNU, v7) with libarchive, as a reader only.
final class TarReader {
  private let handle: ArchiveHandle
  private let tap: HeaderTap
  /// Where the headers of the entry `next` gave last begin.
  private(set) var entryStart: UInt64 = 0
  private let maximumAttributes = 128
  private let maximumAttributeBytes = 256 << 10

  init(_ source: any ByteSource, what: String) throws {
    tap = HeaderTap(source)
    handle = try ArchiveHandle(tap, what: what)
    try handle.check(archive_read_support_format_tar(handle.pointer))
    try handle.check(archive_read_support_format_empty(handle.pointer))
    try handle.open()
  }

  /// Nil after the last. Content of the one before that was not read is skipped.
  func next() throws -> TarEntry? {
    var raw: OpaquePointer?
    let status = archive_read_next_header(handle.pointer, &raw)
    if status == ARCHIVE_EOF { return nil }
    // ARCHIVE_RETRY is libarchive's "this entry is damaged, the next may be fine": not good enough here.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let raw else { throw handle.error() }
    let start = UInt64(exactly: archive_read_header_position(handle.pointer)) ?? 0
    entryStart = start
    guard !tap.hidesNUL(at: start) else { throw refused("a name has a NUL in it") }
    let entry = try entry(raw)
    // A sparse file takes less in the archive than its size says.
    let content = entry.kind == .regular && archive_entry_sparse_count(raw) == 0 ? entry.size : 0
    let (next, overflow) = start.addingReportingOverflow(content)
    tap.forget(before: overflow ? start : next)
    return entry
  }

  /// Calls `body` with each piece of content and where it goes; holes are left out.
  func forEachBlock(_ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
    while true {
      var pointer: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let status = archive_read_data_block(handle.pointer, &pointer, &count, &offset)
      if status == ARCHIVE_EOF { return }
      guard status == ARCHIVE_OK else { throw handle.error() }
      if count > 0, let pointer { try body(UnsafeRawBufferPointer(start: pointer, count: count), offset) }
    }
  }

  private func entry(_ raw: OpaquePointer) throws -> TarEntry {
    guard let path = Self.bytes(archive_entry_pathname(raw)) else { throw refused("a name cannot be read") }
    guard let user = UInt32(exactly: archive_entry_uid(raw)), user != .max,
      let group = UInt32(exactly: archive_entry_gid(raw)), group != .max
    else { throw refused("an owner is out of range") }
    guard let size = UInt64(exactly: archive_entry_size(raw)) else { throw refused("a size is negative") }
    var modified: FileTime?
    if archive_entry_mtime_is_set(raw) != 0 {
      let nanoseconds = Int64(archive_entry_mtime_nsec(raw))
      modified = FileTime(
        seconds: Int64(archive_entry_mtime(raw)),
        nanoseconds: (0..<1_000_000_000).contains(nanoseconds) ? nanoseconds : 0)
    }
    return TarEntry(
      path: path, kind: try kind(raw), permissions: UInt32(archive_entry_perm(raw)) & 0o7777, userID: user,
      groupID: group, size: size, modified: modified, attributes: try attributes(raw))
  }

  private func kind(_ raw: OpaquePointer) throws -> TarEntry.Kind {
    if let target = Self.bytes(archive_entry_hardlink(raw)) { return .hardLink(target) }
    switch UInt32(archive_entry_filetype(raw)) {
    case S_IFREG: return .regular
    case S_IFDIR: return .directory
    case S_IFIFO: return .fifo
    case S_IFLNK:
      guard let target = Self.bytes(archive_entry_symlink(raw)) else { throw refused("a link has no target") }
      return .symbolicLink(target)
    case S_IFCHR, S_IFBLK:
      guard let major = UInt32(exactly: archive_entry_rdevmajor(raw)), major < 1 << 12,
        let minor = UInt32(exactly: archive_entry_rdevminor(raw)), minor < 1 << 20
      else { throw refused("a device number is out of range") }
      return UInt32(archive_entry_filetype(raw)) == S_IFCHR
        ? .characterDevice(major: major, minor: minor) : .blockDevice(major: major, minor: minor)
    default: return .other
    }
  }

  private func attributes(_ raw: OpaquePointer) throws -> [(name: String, value: [UInt8])] {
    guard archive_entry_xattr_reset(raw) > 0 else { return [] }
    var found: [(name: String, value: [UInt8])] = []
    var total = 0
    while true {
      var name: UnsafePointer<CChar>?
      var value: UnsafeRawPointer?
      var count = 0
      guard archive_entry_xattr_next(raw, &name, &value, &count) == ARCHIVE_OK, let name else { return found }
      total += count
      guard found.count < maximumAttributes, count >= 0, total <= maximumAttributeBytes else {
        throw refused("a file has too many extended attributes")
      }
      found.append(
        (String(cString: name), Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : count))))
    }
  }

  private func refused(_ reason: String) -> WherryError {
    WherryError(.protocolViolation, "archive refused: \(reason)")
  }

  private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
    text.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }
}
