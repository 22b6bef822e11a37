import Glibc
import WherryEngine
import WherryLinux
import WherryModel

/// conmon's attach socket (SOCK_SEQPACKET): each packet from it is a stream's number and its bytes; what is
/// written to it is the container's standard input.
final class AttachSocket: Sendable {
  private let file: FileDescriptorBox
  private let reader: AsyncReader
  private let writer: AsyncWriter

  /// One byte for the stream, and conmon's buffer of 8192.
  private static let maximumPacket = 16 << 10

  init(_ path: String) throws(SystemError) {
    let socket = FileDescriptor(
      owning: Glibc.socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    if socket.rawValue < 0 { throw .last("make socket for", path) }
    try Self.connect(socket, path)
    reader = try AsyncReader(try socket.duplicate())
    writer = try AsyncWriter(try socket.duplicate())
    file = FileDescriptorBox(socket)
  }

  /// Through /proc/self/fd, since a socket's address holds 107 bytes of path only.
  private static func connect(_ socket: borrowing FileDescriptor, _ path: String) throws(SystemError) {
    let target = try FileDescriptor.open(path, [.pathOnly, .noFollow])
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array("/proc/self/fd/\(target.rawValue)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let number = socket.rawValue
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw .last("attach to", path) }
  }

  /// Nil when the container has closed both streams.
  func next() async throws -> OutputChunk? {
    while true {
      let packet: [UInt8]
      do {
        packet = try await reader.read(maximum: Self.maximumPacket)
      } catch let error as SystemError where error.errno == ECONNRESET {
        return nil
      }
      guard let stream = packet.first else { return nil }
      let bytes = Array(packet.dropFirst())
      switch stream {
      case 2: return .stdout(bytes)
      case 3: return .stderr(bytes)
      default: continue
      }
    }
  }

  func write(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      // A packet goes whole or not at all; conmon reads 8192 bytes at once.
      try await writer.write(Array(rest.prefix(8 << 10)))
      rest = rest.dropFirst(8 << 10)
    }
  }

  /// Half-close: conmon then closes the container's standard input.
  func finishInput() {
    _ = shutdown(file.rawValue, Int32(SHUT_WR))
  }

  func close() {
    _ = shutdown(file.rawValue, Int32(SHUT_RDWR))
    writer.close()
  }
}
