import Glibc
import WherryLinux
import WherryModel

/// Bytes that are pulled, in a thread that may block.
protocol ByteSource: AnyObject {
  /// Fills a part of `buffer`; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Reads a descriptor of somebody else's.
final class DescriptorSource: ByteSource {
  private let fd: Int32

  init(_ fd: Int32) {
    self.fd = fd
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Glibc.read(fd, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR else { throw SystemError.last("read", "archive") }
    }
  }
}

/// Reads a file of its own, from the start.
final class FileSource: ByteSource {
  private let file: FileDescriptor

  init(_ path: String) throws(SystemError) {
    file = try FileDescriptor.open(path, [.noFollow])
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let number = file.rawValue
    while true {
      let count = Glibc.read(number, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR else { throw SystemError.last("read", "file") }
    }
  }
}

/// Bytes in memory.
final class MemorySource: ByteSource {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let part = rest.prefix(buffer.count)
    buffer.copyBytes(from: part)
    rest = rest.dropFirst(part.count)
    return part.count
  }
}

extension ByteSource {
  /// Calls `body` with each piece until the end.
  func forEach(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      while true {
        let count = try read(into: buffer)
        if count == 0 { return }
        try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }

  /// Reads to the end and throws the bytes away.
  func drain() throws {
    try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      while try read(into: buffer) > 0 {}
    }
  }
}
