import WherryModel

/// An http or https URL, read strictly: ASCII, no user, no fragment, no escaped line ends.
struct RegistryURL: Hashable, Sendable, CustomStringConvertible {
  struct Origin: Hashable, Sendable {
    var isSecure: Bool
    /// Lower case, without brackets.
    var host: String
    var port: Int

    /// As people write it.
    var name: String {
      let host = host.contains(":") ? "[\(host)]" : host
      return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
  }

  var origin: Origin
  /// Path and query, beginning with `/`.
  var target: String

  init(origin: Origin, target: String) {
    self.origin = origin
    self.target = target
  }

  /// Throws `protocolViolation`: URLs come from registries.
  init(_ text: String) throws(WherryError) {
    try Self.check(text)
    let isSecure: Bool
    let rest: Substring
    if text.lowercased().hasPrefix("https://") {
      (isSecure, rest) = (true, text.dropFirst(8))
    } else if text.lowercased().hasPrefix("http://") {
      (isSecure, rest) = (false, text.dropFirst(7))
    } else {
      throw Self.invalid(text, "not http or https")
    }
    let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) ?? rest.endIndex
    guard let (host, port) = Self.authority(rest[..<end]) else { throw Self.invalid(text, "bad host") }
    origin = Origin(isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80))
    let tail = rest[end...]
    target = tail.first == "/" ? String(tail) : "/\(tail)"
  }

  /// What a `Location` header means on an answer from this URL (RFC 9110 section 10.2.2).
  func following(_ location: String) throws(WherryError) -> RegistryURL {
    try Self.check(location)
    let lower = location.lowercased()
    if lower.hasPrefix("http://") || lower.hasPrefix("https://") { return try RegistryURL(location) }
    if location.hasPrefix("//") {
      return try RegistryURL((origin.isSecure ? "https:" : "http:") + location)
    }
    if location.hasPrefix("/") { return RegistryURL(origin: origin, target: location) }
    let colon = location.firstIndex(of: ":") ?? location.endIndex
    guard location[..<colon].contains("/") || colon == location.endIndex else {
      throw Self.invalid(location, "not http or https")
    }
    let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    return RegistryURL(origin: origin, target: "\(folder)\(location)")
  }

  func withQuery(_ items: [(name: String, value: String)]) -> RegistryURL {
    guard !items.isEmpty else { return self }
    let query = items.map { "\(Self.escape($0.name))=\(Self.escape($0.value))" }.joined(separator: "&")
    return RegistryURL(origin: origin, target: target + (target.contains("?") ? "&" : "?") + query)
  }

  var description: String { "\(origin.isSecure ? "https" : "http")://\(origin.name)\(target)" }

  /// `host[:port]` of a reference's domain or of a URL.
  static func authority(_ text: some StringProtocol) -> (host: String, port: Int?)? {
    var host = Substring(text)
    var port: Int?
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else { return nil }
      let rest = host[host.index(after: close)...]
      if !rest.isEmpty {
        guard rest.first == ":", let number = portNumber(rest.dropFirst()) else { return nil }
        port = number
      }
      host = host[host.index(after: host.startIndex)..<close]
      guard HostKind.isIPv6(String(host)) else { return nil }
    } else {
      if let colon = host.firstIndex(of: ":") {
        guard let number = portNumber(host[host.index(after: colon)...]) else { return nil }
        port = number
        host = host[..<colon]
      }
      let legal = host.utf8.allSatisfy {
        ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "-._".utf8.contains($0)
      }
      guard legal, !host.isEmpty, host.utf8.count <= 253 else { return nil }
    }
    return (host.lowercased(), port)
  }

  private static func portNumber(_ text: Substring) -> Int? {
    guard (1...5).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int(text), (1...65535).contains(number)
    else { return nil }
    return number
  }

  /// Everything but unreserved characters (RFC 3986 section 2.3) is escaped.
  private static func escape(_ text: String) -> String {
    text.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let plain = scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte)
      let digits = Hex.encode([byte]).uppercased()
      return plain || "-._~".utf8.contains(byte) ? String(Character(scalar)) : "%\(digits)"
    }.joined()
  }

  private static func check(_ text: String) throws(WherryError) {
    let lower = text.lowercased()
    guard text.utf8.count <= 16384, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
      !text.contains("\\"), !text.contains("#"), !text.contains("\""),
      !["%00", "%0a", "%0d"].contains(where: lower.contains)
    else { throw invalid(text, "not a plain URL") }
  }

  private static func invalid(_ text: String, _ reason: String) -> WherryError {
    WherryError(
      .protocolViolation,
      "registry answered with the URL \(String(text.prefix(200)).debugDescription): \(reason)")
  }
}
