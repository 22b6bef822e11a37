import WherryModel

/// `HOST[:PORT]` of a URL, RFC 3986 section 3.2: a name, an IPv4 address, or an IPv6 address in brackets.
enum HostPort {
  static func parse(_ authority: Substring, of text: String) throws(WherryError) -> (String, UInt16?) {
    var host = authority
    var port: Substring?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else {
        throw Endpoint.invalid(text, "a bracket is not closed")
      }
      host = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else {
        throw Endpoint.invalid(text, "something follows the bracket")
      }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else if let colon = authority.lastIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    let isAddress = authority.hasPrefix("[")
    let isPlain = host.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      case UInt8(ascii: ":"), UInt8(ascii: "%"): isAddress
      default: false
      }
    }
    // A name that begins with a hyphen would be an option to ssh.
    guard !host.isEmpty, host.utf8.count <= 255, isPlain, !host.hasPrefix("-") else {
      throw Endpoint.invalid(text, "the host is no name and no address")
    }
    guard let port else { return (String(host), nil) }
    guard let number = UInt16(port), number > 0 else {
      throw Endpoint.invalid(text, "the port is not 1 to 65535")
    }
    return (String(host), number)
  }
}
