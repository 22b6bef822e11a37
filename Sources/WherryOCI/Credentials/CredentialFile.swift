package import WherryModel

/// Credentials of registries, as Docker's `config.json` and containers' `auth.json` hold them:
/// `{"auths": {"HOST": {"auth": "BASE64"}}, "credHelpers": {"HOST": "NAME"}, "credsStore": "NAME"}`. What else is in the
/// file stays as it is.
package struct CredentialFile: Sendable, Equatable {
  package static let maximumSize = 1 << 20
  /// Docker's key of its own registry: the address of an API long gone.
  package static let dockerKey = "https://index.docker.io/v1/"

  package enum Entry: Sendable, Equatable {
    /// `user:password` in base64.
    case stored(String)
    /// `docker-credential-NAME` has it, under `key`.
    case helper(name: String, key: String)
  }

  private var root: [String: JSONValue]

  package init() { root = [:] }

  /// `path` is for errors. Throws `protocolViolation`.
  package init(json: [UInt8], path: String) throws(WherryError) {
    guard !json.isEmpty else {
      root = [:]
      return
    }
    root = try StrictJSON.decode([String: JSONValue].self, from: json, what: path)
  }

  package func json() throws(WherryError) -> [UInt8] { try StrictJSON.encode(JSONValue.object(root)) }

  /// The key a registry's entry is written under.
  package static func key(_ domain: String) -> String {
    hosts(domain).contains("docker.io") ? dockerKey : domain.lowercased()
  }

  /// Of a reference's domain; nil where there is none. Throws `invalidArgument` for an entry that cannot be one.
  package func entry(for domain: String) throws(WherryError) -> Entry? {
    let wanted = Self.hosts(domain)
    for (key, helper) in (root["credHelpers"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard wanted.contains(Self.host(of: key)), let name = helper.string else { continue }
      return .helper(name: try Self.helper(name), key: key)
    }
    var hasEntry = false
    for (key, entry) in (root["auths"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard wanted.contains(Self.host(of: key)) else { continue }
      hasEntry = true
      guard let auth = entry.object?["auth"]?.string, !auth.isEmpty else { continue }
      guard auth.utf8.count <= 8192, auth.utf8.allSatisfy(Self.isBase64) else {
        throw WherryError(
          .invalidArgument, "the credentials for \(domain) are unusable",
          hint: "log in again: wherry login \(domain)")
      }
      return .stored(auth)
    }
    if let name = root["credsStore"]?.string, !name.isEmpty, hasEntry || root["auths"] == nil {
      return .helper(name: try Self.helper(name), key: Self.key(domain))
    }
    return nil
  }

  /// The helper new credentials go to; nil where they go into the file.
  package func helper(for domain: String) throws(WherryError) -> String? {
    if case .helper(let name, _)? = try entry(for: domain) { return name }
    guard let name = root["credsStore"]?.string, !name.isEmpty else { return nil }
    return try Self.helper(name)
  }

  /// Stores `user:password` in base64; an empty entry where a helper holds it.
  package mutating func set(_ auth: String?, for domain: String) {
    remove(domain)
    var auths = root["auths"]?.object ?? [:]
    auths[Self.key(domain)] = .object(auth.map { ["auth": .string($0)] } ?? [:])
    root["auths"] = .object(auths)
  }

  /// True where there was one.
  @discardableResult
  package mutating func remove(_ domain: String) -> Bool {
    guard var auths = root["auths"]?.object else { return false }
    let wanted = Self.hosts(domain)
    let keys = auths.keys.filter { wanted.contains(Self.host(of: $0)) }
    for key in keys { auths[key] = nil }
    root["auths"] = .object(auths)
    return !keys.isEmpty
  }

  /// What `docker-credential-NAME get` answered, as `user:password`.
  package static func answer(_ json: [UInt8], from helper: String) throws(WherryError) -> String {
    struct Answer: Decodable {
      var Username: String?
      var Secret: String?
    }
    let answer = try StrictJSON.decode(
      Answer.self, from: json, what: "answer of docker-credential-\(helper)", maximumSize: 64 << 10)
    guard let user = answer.Username, let secret = answer.Secret else {
      throw WherryError(
        .protocolViolation, "docker-credential-\(helper) answered without a user and a secret")
    }
    // A token instead of a password is for an endpoint that is asked otherwise.
    guard user != "<token>" else {
      throw WherryError(
        .unsupported, "docker-credential-\(helper) has an identity token, which is not supported",
        hint: "log in with a user and a password")
    }
    return "\(user):\(secret)"
  }

  private static func helper(_ name: String) throws(WherryError) -> String {
    let legal = name.utf8.allSatisfy {
      ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "-_.".utf8.contains($0)
    }
    guard legal, (1...64).contains(name.utf8.count) else {
      throw WherryError(.invalidArgument, "the name of a credential helper is unusable")
    }
    return name
  }

  private static func hosts(_ domain: String) -> Set<String> {
    let host = host(of: domain)
    let docker: Set<String> = ["docker.io", "index.docker.io", "registry-1.docker.io"]
    return docker.contains(host) ? docker : [host]
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
