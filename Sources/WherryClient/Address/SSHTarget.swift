import WherryModel

/// `[USER@]HOST[:PORT][/SOCKET]`: where `ssh` goes, and which daemon there is meant.
package struct SSHTarget: Hashable, Sendable, CustomStringConvertible {
  package var user: String?
  package var host: String
  package var port: UInt16?
  /// The daemon's socket there; its standard one where nil.
  package var socket: String?

  init(_ rest: Substring, of text: String) throws(WherryError) {
    var authority = rest
    if let slash = rest.firstIndex(of: "/") {
      authority = rest[..<slash]
      let path = rest[slash...]
      if path != "/" {
        socket = try Endpoint.socketPath(path, of: text)
        // It becomes a word of the remote shell.
        guard path.utf8.allSatisfy(Self.isPlain) else {
          throw Endpoint.invalid(text, "the socket's path has characters that a shell would read")
        }
      }
    }
    if let at = authority.lastIndex(of: "@") {
      let name = authority[..<at]
      guard !name.isEmpty, !name.hasPrefix("-"), name.utf8.allSatisfy(Self.isPlain), !name.contains("/")
      else {
        throw Endpoint.invalid(
          text, name.contains(":") ? "passwords do not belong here" : "the user is no user's name")
      }
      user = String(name)
      authority = authority[authority.index(after: at)...]
    }
    (host, port) = try HostPort.parse(authority, of: text)
  }

  /// Letters, digits and `. _ - / +`.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "/"), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  /// What follows the word `ssh`, ssh(1).
  package var arguments: [String] {
    var arguments = ["-T", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=30"]
    if let user { arguments += ["-l", user] }
    if let port { arguments += ["-p", String(port)] }
    arguments += ["--", host, "wherry"]
    if let socket { arguments += ["--host", "unix://\(socket)"] }
    return arguments + ["dial-stdio"]
  }

  package var description: String {
    let authority = host.contains(":") ? "[\(host)]" : host
    return "\(user.map { $0 + "@" } ?? "")\(authority)\(port.map { ":\($0)" } ?? "")\(socket ?? "")"
  }
}
