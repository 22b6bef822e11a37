import CWherryLinux
import Glibc

/// The two ends of a pipe(2), close-on-exec.
package struct Pipe: ~Copyable {
  package var reading: FileDescriptor
  package var writing: FileDescriptor

  package init() throws(SystemError) {
    var numbers: [Int32] = [-1, -1]
    try systemCall("make", "pipe") { wherry_pipe2(&numbers, O_CLOEXEC) }
    reading = FileDescriptor(owning: numbers[0])
    writing = FileDescriptor(owning: numbers[1])
  }

  /// A connected pair of unix stream sockets, where both directions or SCM_RIGHTS are needed.
  package static func socketPair() throws(SystemError) -> (FileDescriptorBox, FileDescriptorBox) {
    var numbers: [Int32] = [-1, -1]
    try systemCall("make", "socket pair") {
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &numbers)
    }
    return (
      FileDescriptorBox(FileDescriptor(owning: numbers[0])),
      FileDescriptorBox(FileDescriptor(owning: numbers[1]))
    )
  }

  /// Closes both ends.
  package consuming func close() {
    let (reading, writing) = ends()
    _ = Glibc.close(reading)
    _ = Glibc.close(writing)
  }

  /// Takes the pipe apart; the receiver closes both.
  package consuming func ends() -> (reading: Int32, writing: Int32) {
    (reading.release(), writing.release())
  }
}

/// Shares one descriptor between several holders; closed with the last.
package final class FileDescriptorBox: Sendable {
  package let file: FileDescriptor

  package init(_ file: consuming FileDescriptor) {
    self.file = file
  }

  package var rawValue: Int32 { file.rawValue }
}
