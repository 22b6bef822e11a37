import Glibc

/// Where a listening socket of systemd's can be reached from, getsockname(2).
enum NetworkSocket {
  /// From other machines; false of a unix socket and of one on a loopback address.
  static func isReachable(_ descriptor: Int32) -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0 else { return false }
    let bytes = withUnsafeBytes(of: &storage) { Array($0.prefix(Int(length))) }
    switch Int32(storage.ss_family) {
    // The address begins at 4 in sockaddr_in, at 8 in sockaddr_in6.
    case AF_INET: return bytes.dropFirst(4).first != 127
    case AF_INET6:
      let address = Array(bytes.dropFirst(8).prefix(16))
      let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 127]
      return address != [UInt8](repeating: 0, count: 15) + [1] && !address.starts(with: mapped)
    default: return false
    }
  }
}
