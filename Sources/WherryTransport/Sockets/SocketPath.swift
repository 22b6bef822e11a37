import Glibc
import WherryModel

/// A path that fits a unix socket's address (unix(7): 108 bytes with the final zero).
enum SocketPath {
  static func address(_ path: String) throws(WherryError) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else {
      throw WherryError(
        .invalidArgument, "socket path \(path.prefix(120).debugDescription) is not 1 to \(room - 1) bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return address
  }

  /// Calls `body` with the address as the socket functions take it.
  static func with<Value>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) throws(WherryError) -> Value {
    var address = try address(path)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
