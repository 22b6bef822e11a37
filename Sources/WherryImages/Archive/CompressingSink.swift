import CLibArchive
import WherryModel

/// Packs bytes with gzip, the same for the same bytes: no time and no name in it. Used by one thread.
final class CompressingSink {
  private let pointer: OpaquePointer
  private let output: (UnsafeRawBufferPointer) throws -> Void
  /// What `output` threw inside libarchive's callback.
  private var failure: (any Error)?

  init(level: Int = 6, output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws(WherryError) {
    guard let pointer = archive_write_new() else {
      throw WherryError(.resourceExhausted, "compress: out of memory")
    }
    self.pointer = pointer
    self.output = output
    guard archive_write_set_format_raw(pointer) == ARCHIVE_OK,
      archive_write_add_filter_gzip(pointer) == ARCHIVE_OK,
      archive_write_set_filter_option(pointer, "gzip", "timestamp", nil) == ARCHIVE_OK,
      archive_write_set_filter_option(pointer, "gzip", "compression-level", "\(level)") == ARCHIVE_OK,
      archive_write_set_bytes_in_last_block(pointer, 1) == ARCHIVE_OK
    else { throw WherryError(.unsupported, "this libarchive cannot write gzip") }
  }

  deinit {
    // Else what is left would be written by an object that is going.
    archive_write_fail(pointer)
    archive_write_free(pointer)
  }

  /// Once, before the first `write`.
  func open() throws {
    try check(
      archive_write_open(
        pointer, Unmanaged.passUnretained(self).toOpaque(), nil,
        { _, context, bytes, count in
          guard let context, let bytes else { return -1 }
          return Unmanaged<CompressingSink>.fromOpaque(context).takeUnretainedValue().take(bytes, count)
        }, nil))
    guard let entry = archive_entry_new() else {
      throw WherryError(.resourceExhausted, "compress: out of memory")
    }
    defer { archive_entry_free(entry) }
    archive_entry_set_filetype(entry, 0o100000)
    try check(archive_write_header(pointer, entry))
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = archive_write_data(pointer, rest.baseAddress, rest.count)
      guard count > 0 else { throw error() }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Afterwards all is at the output.
  func finish() throws { try check(archive_write_close(pointer)) }

  private func check(_ status: Int32) throws {
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw error() }
  }

  private func error() -> any Error {
    if let failure { return failure }
    let text = archive_error_string(pointer).map { String(cString: $0) } ?? "unknown error"
    return WherryError(.internal, "compress: \(RegistryFailure.plain(text))")
  }

  private func take(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    do {
      try output(UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    } catch {
      failure = error
      return -1
    }
  }
}
