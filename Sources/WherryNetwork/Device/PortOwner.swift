import Glibc
import WherryEngine
import WherryLinux
import WherryModel

/// Who has a port of the device besides containers.
enum PortOwner {
  /// In words; nil where it is free. SCTP is not asked for: few kernels have its sockets.
  static func find(_ forward: PortForward) throws(WherryError) -> String? {
    guard forward.transport != .sctp else { return nil }
    let number = try bindError(forward)
    switch number {
    case 0, EAFNOSUPPORT: return nil
    case EADDRINUSE: return holder(forward) ?? "a program of the device"
    case EADDRNOTAVAIL:
      throw WherryError(
        .failedPrecondition, "--publish: \(forward.hostAddress) is not an address of this device",
        hint: "leave the address out, or give one that 'ip address' lists")
    default: throw WherryError(SystemError(errno: number, "bind", "port \(forward.hostPort)"))
    }
  }

  private static func bindError(_ forward: PortForward) throws(WherryError) -> Int32 {
    let ipv6 = forward.hostAddress.isIPv6
    let isStream = forward.transport == .tcp
    let kind = Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let number = socket(ipv6 ? AF_INET6 : AF_INET, kind, 0)
    guard number >= 0 else { return errno }
    defer { _ = close(number) }
    var one: Int32 = 1
    // What is only waiting for its last segments is no owner.
    if isStream { setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size)) }
    if ipv6 { setsockopt(number, Int32(41), 26, &one, socklen_t(MemoryLayout<Int32>.size)) }
    // struct sockaddr_in6 and sockaddr_in: family, port, then the flow label of the former, the address.
    var bytes: [UInt8] = []
    withUnsafeBytes(of: sa_family_t(ipv6 ? AF_INET6 : AF_INET)) { bytes += $0 }
    bytes += [UInt8(forward.hostPort >> 8), UInt8(forward.hostPort & 255)]
    if ipv6 { bytes += [0, 0, 0, 0] }
    bytes += forward.hostAddress.bytes
    bytes += [UInt8](repeating: 0, count: ipv6 ? 4 : 8)
    let result = bytes.withUnsafeBytes { raw -> Int32 in
      guard let address = raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return bind(number, address, socklen_t(raw.count))
    }
    return result == 0 ? 0 : errno
  }

  /// The program whose socket has it, by /proc.
  private static func holder(_ forward: PortForward) -> String? {
    do {
      var inodes: Set<String> = []
      for file in ["/proc/net/\(forward.transport.rawValue)", "/proc/net/\(forward.transport.rawValue)6"] {
        let text = String(decoding: try Files.readIfPresent(file, maximum: 8 << 20) ?? [], as: UTF8.self)
        for line in text.split(separator: "\n").dropFirst() {
          let words = line.split(separator: " ")
          guard words.count > 9,
            let port = words[1].split(separator: ":").last.flatMap({ UInt16($0, radix: 16) }),
            port == forward.hostPort
          else { continue }
          inodes.insert("socket:[\(words[9])]")
        }
      }
      guard !inodes.isEmpty else { return nil }
      for pid in try Files.list("/proc") where Int32(pid) != nil {
        do {
          for descriptor in try Files.list("/proc/\(pid)/fd") {
            guard inodes.contains(try Files.readLink("/proc/\(pid)/fd/\(descriptor)")) else { continue }
            let name = try Files.readText("/proc/\(pid)/comm", maximum: 64)
            return "process \(pid) (\(name.filter { !$0.isNewline }))"
          }
        } catch { continue }
      }
    } catch {}
    return nil
  }
}
