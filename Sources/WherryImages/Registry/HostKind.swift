import Glibc

/// What a host in a URL is, as far as its text says: names are not looked up.
enum HostKind: Sendable, Equatable {
  case name
  case publicAddress
  /// localhost, and addresses of this machine, of private networks and of links.
  case localAddress
  /// This machine itself.
  case loopback
  /// Digits that some resolvers take for an address and others do not: `127.1`, `0x7f000001`.
  case ambiguous

  init(_ host: String) {
    if host == "localhost" || host.hasSuffix(".localhost") {
      self = .loopback
    } else if host.contains(":") {
      self = Self.ipv6(host)
    } else if let last = host.split(separator: ".").last, last.utf8.first.map(Self.isDigit) ?? false {
      self = Self.ipv4(host)
    } else {
      self = .name
    }
  }

  static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  private static func ipv4(_ text: String) -> HostKind {
    var address = in_addr()
    guard inet_pton(AF_INET, text, &address) == 1 else { return .ambiguous }
    return kind(of: UInt32(bigEndian: address.s_addr))
  }

  /// RFC 6890: special-purpose address registries.
  private static func kind(of address: UInt32) -> HostKind {
    let first = address >> 24
    let second = address >> 16 & 0xff
    return switch (first, second) {
    case (127, _): .loopback
    case (0, _), (10, _), (169, 254), (172, 16...31), (192, 168), (100, 64...127), (198, 18...19),
      (224..., _):
      .localAddress
    default: .publicAddress
    }
  }

  private static func ipv6(_ text: String) -> HostKind {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return .ambiguous }
    let bytes = withUnsafeBytes(of: address) { Array($0) }
    guard bytes.count == 16 else { return .ambiguous }
    if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .loopback : .localAddress }
    let mapped = bytes[..<10].allSatisfy { $0 == 0 } && (bytes[10] == 0xff || bytes[10] == 0)
    let translated = bytes[..<4] == [0, 0x64, 0xff, 0x9b]
    if mapped || translated {
      return kind(of: bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
    }
    let local = bytes[0] & 0xfe == 0xfc || bytes[0] == 0xfe && bytes[1] & 0xc0 >= 0x80 || bytes[0] == 0xff
    return local ? .localAddress : .publicAddress
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
