import CLibArchive
import WherryModel

/// Undoes at most one compression, in this process: libarchive is never let run a program.
final class DecompressingSource: ByteSource {
  enum Formats {
    /// What layers may be: plain, gzip, zstd.
    case layer
    /// And for import also xz and bzip2.
    case all
  }

  private let handle: ArchiveHandle
  private var isAtEnd = false
  private let what: String

  init(_ source: any ByteSource, formats: Formats = .layer, what: String) throws {
    self.what = what
    handle = try ArchiveHandle(source, what: what)
    let pointer = handle.pointer
    var filters = [archive_read_support_filter_gzip(pointer), archive_read_support_filter_zstd(pointer)]
    if formats == .all {
      filters += [archive_read_support_filter_xz(pointer), archive_read_support_filter_bzip2(pointer)]
    }
    // A warning means: "not built in, would run an external program".
    guard filters.allSatisfy({ $0 == ARCHIVE_OK }) else {
      throw WherryError(.unsupported, "this libarchive lacks gzip, zstd, xz or bzip2")
    }
    try handle.check(archive_read_support_format_raw(pointer))
    try handle.check(archive_read_support_format_empty(pointer))
    try handle.open()
    // The count includes the source itself.
    guard archive_filter_count(pointer) <= 2 else {
      throw WherryError(.protocolViolation, "\(what) is compressed more than once")
    }
    var entry: OpaquePointer?
    let status = archive_read_next_header(pointer, &entry)
    try handle.check(status)
    isAtEnd = status == ARCHIVE_EOF
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !isAtEnd else { return 0 }
    let count = archive_read_data(handle.pointer, buffer.baseAddress, buffer.count)
    guard count >= 0 else { throw handle.error() }
    isAtEnd = count == 0
    return count
  }
}
