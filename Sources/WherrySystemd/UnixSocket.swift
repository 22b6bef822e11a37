import Glibc
package import WherryLinux

/// Connecting to path sockets, unix(7).
package enum UnixSocket {
  package enum Kind: Sendable {
    case stream
    case sequentialPackets
  }

  /// Longest path that fits sockaddr_un with its NUL.
  package static let maximumPath = 107

  /// Connects and returns the socket, close-on-exec. Longer paths go through /proc/self/fd.
  package static func connect(_ path: String, _ kind: Kind = .stream) throws(SystemError) -> FileDescriptor {
    if path.utf8.count > maximumPath, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      let folder = try FileDescriptor.open(String(path[..<slash]), [.directory, .pathOnly])
      let short = "/proc/self/fd/\(folder.rawValue)/\(path[path.index(after: slash)...])"
      return try connectDirectly(short, kind, path)
    }
    return try connectDirectly(path, kind, path)
  }

  private static func connectDirectly(_ path: String, _ kind: Kind, _ object: String) throws(SystemError)
    -> FileDescriptor
  {
    let bytes = Array(path.utf8)
    var address = sockaddr_un()
    guard bytes.count <= maximumPath, !bytes.contains(0) else {
      throw SystemError(errno: ENAMETOOLONG, "connect to", object)
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let type = kind == .stream ? SOCK_STREAM.rawValue : SOCK_SEQPACKET.rawValue
    let number = socket(AF_UNIX, Int32(type | SOCK_CLOEXEC.rawValue), 0)
    if number < 0 { throw SystemError.last("connect to", object) }
    let descriptor = FileDescriptor(owning: number)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw SystemError.last("connect to", object) }
    return descriptor
  }
}
