import Glibc
import WherryLinux
import WherryModel

/// Bytes on the device that have no name there, and so go with the process.
final class SpoolFile {
  private let file: FileDescriptor
  private(set) var count: UInt64 = 0

  /// `path` must not exist, and does not afterwards.
  init(_ path: String) throws(SystemError) {
    file = try FileDescriptor.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
    try Files.unlink(path)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    try LayerExtractor.write(file.rawValue, bytes, at: Int64(clamping: count))
    count += UInt64(clamping: bytes.count)
  }

  /// Reads a part of it; the part must be there.
  func source(from offset: UInt64 = 0, count: UInt64? = nil) -> any ByteSource {
    Source(self, offset, count ?? self.count - min(offset, self.count))
  }

  private final class Source: ByteSource {
    private let spool: SpoolFile
    private var offset: UInt64
    private var left: UInt64

    init(_ spool: SpoolFile, _ offset: UInt64, _ count: UInt64) {
      self.spool = spool
      self.offset = offset
      left = count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      let wanted = Int(clamping: min(left, UInt64(clamping: buffer.count)))
      guard wanted > 0 else { return 0 }
      let number = spool.file.rawValue
      while true {
        let count = pread(number, buffer.baseAddress, wanted, off_t(clamping: offset))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          throw count < 0 ? SystemError.last("read", "staging") : SystemError(errno: EIO, "read", "staging")
        }
        left -= UInt64(clamping: count)
        offset += UInt64(clamping: count)
        return count
      }
    }
  }
}
