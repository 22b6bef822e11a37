import WherryLinux
import WherryModel
import WherryOCI

/// Credentials in the format of Docker's `config.json`: `{"auths": {"HOST": {"auth": "BASE64"}}}`.
enum AuthFile {
  private struct Document: Decodable {
    struct Entry: Decodable {
      var auth: String?
    }
    var auths: [String: Entry]?
  }

  /// `user:password` in base64 for a reference's domain; nil where there is none. Blocks.
  static func credential(for domain: String, in path: String?) throws(WherryError) -> String? {
    guard let path else { return nil }
    let bytes = try WherryError.converting("read \(path)") { () throws(SystemError) in
      try Files.readIfPresent(path, maximum: 1 << 20)
    }
    guard let bytes else { return nil }
    let document = try StrictJSON.decode(Document.self, from: bytes, what: path)
    let wanted = hosts(domain)
    for (key, entry) in (document.auths ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard wanted.contains(host(of: key)), let auth = entry.auth, !auth.isEmpty else { continue }
      guard auth.utf8.count <= 8192, auth.utf8.allSatisfy(isBase64) else {
        throw WherryError(
          .invalidArgument, "\(path) has an unusable entry for \(domain)",
          hint: "auth is user:password in base64")
      }
      return auth
    }
    return nil
  }

  /// Docker writes its own registry's key as the address of an API long gone.
  private static func hosts(_ domain: String) -> Set<String> {
    domain == Reference.defaultDomain
      ? ["docker.io", "index.docker.io", "registry-1.docker.io"] : [domain.lowercased()]
  }

  private static func host(of key: String) -> String {
    var rest = key.lowercased()[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    return String(rest.prefix { $0 != "/" })
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: "+/=-_".utf8.contains(byte)
    }
  }
}
