import CLibArchive
import WherryModel

/// A libarchive reader over a byte source. Used by one thread.
final class ArchiveHandle {
  let pointer: OpaquePointer
  private let source: any ByteSource
  private let buffer: UnsafeMutableRawBufferPointer
  /// What the source threw inside libarchive's callback.
  private var failure: (any Error)?
  private let what: String

  init(_ source: any ByteSource, what: String) throws(WherryError) {
    guard let pointer = archive_read_new() else {
      throw WherryError(.resourceExhausted, "read \(what): out of memory")
    }
    self.pointer = pointer
    self.source = source
    self.what = what
    buffer = .allocate(byteCount: 64 << 10, alignment: 16)
  }

  deinit {
    archive_read_free(pointer)
    buffer.deallocate()
  }

  func open() throws {
    let status = archive_read_open(
      pointer, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, output in
        guard let context, let output else { return -1 }
        return Unmanaged<ArchiveHandle>.fromOpaque(context).takeUnretainedValue().fill(output)
      }, nil)
    try check(status)
  }

  /// Throws what the source threw, else what libarchive says. Warnings pass.
  func check(_ status: Int32) throws {
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN || status == ARCHIVE_EOF else { throw error() }
  }

  func error() -> any Error {
    if let failure { return failure }
    let text = archive_error_string(pointer).map { String(cString: $0) } ?? "unknown error"
    return WherryError(
      .protocolViolation, "\(what) is damaged or not an archive: \(RegistryFailure.plain(text))")
  }

  private func fill(_ output: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
    do {
      let count = try source.read(into: buffer)
      output.pointee = UnsafeRawPointer(buffer.baseAddress)
      return count
    } catch {
      failure = error
      return -1
    }
  }
}
