import Glibc
import WherryLinux
import WherryModel

/// Files of a layer's tree that are read for a new one.
struct LocalTree {
  private let path: String

  init(_ path: String) { self.path = path }

  /// Throws `ENOENT` for what is no regular file.
  func open(_ name: [UInt8]) throws(SystemError) -> FileDescriptorBox {
    let tree = try FileDescriptor.open(path, [.directory])
    let file = try tree.open(name, [.nonBlocking], resolve: LayeredRoot.plain)
    guard try file.status().kind == .regular else { throw SystemError(errno: ENOENT, "open", path) }
    return FileDescriptorBox(file)
  }
}

/// Reads from a place of a file that is open.
final class OpenFileSource: ByteSource {
  private let file: FileDescriptorBox
  private var offset: UInt64

  init(_ file: FileDescriptorBox, from offset: UInt64 = 0) {
    self.file = file
    self.offset = offset
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    let number = file.rawValue
    while true {
      let count = pread(number, buffer.baseAddress, buffer.count, off_t(clamping: offset))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError.last("read", "file") }
      offset += UInt64(clamping: count)
      return count
    }
  }
}
