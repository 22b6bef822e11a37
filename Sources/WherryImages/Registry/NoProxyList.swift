import Glibc

/// What `NO_PROXY` lists (golang.org/x/net/http/httpproxy).
struct NoProxyList {
  private let entries: [String]

  init(_ text: String) {
    entries = text.split(separator: ",").prefix(256)
      .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }.filter { !$0.isEmpty }
  }

  func contains(_ origin: RegistryURL.Origin) -> Bool {
    entries.contains { Self.matches($0, origin) }
  }

  private static func matches(_ entry: String, _ origin: RegistryURL.Origin) -> Bool {
    if entry == "*" { return true }
    if entry.contains("/") { return network(entry, has: origin.host) }
    guard let (host, port) = RegistryURL.authority(entry.hasPrefix(".") ? entry.dropFirst() : entry[...])
    else {
      return entry == origin.host
    }
    guard port == nil || port == origin.port else { return false }
    return (host == origin.host && !entry.hasPrefix(".")) || origin.host.hasSuffix("." + host)
  }

  private static func network(_ text: String, has host: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let bits = Int(parts[1]), let base = bytes(String(parts[0])),
      let address = bytes(host), base.count == address.count, (0...base.count * 8).contains(bits)
    else { return false }
    for index in base.indices {
      let taken = min(8, max(0, bits - index * 8))
      let mask = UInt8(truncatingIfNeeded: 0xff00 >> taken)
      if base[index] & mask != address[index] & mask { return false }
    }
    return true
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var six = in6_addr()
    if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
    return nil
  }
}
