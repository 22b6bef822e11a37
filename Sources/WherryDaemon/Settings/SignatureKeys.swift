import WherryImages
import WherryModel

/// One rule under `"signatures"` of the settings file, by what names of images begin with. An unknown key is an error:
/// a rule that says less than was meant would let images in.
struct SignatureKeys: Decodable {
  enum Key: String, CodingKey, CaseIterable {
    case policy
    case keys
    case signedAs = "signed-as"
  }

  private enum Policy: String, CaseIterable {
    case accept, reject, require
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private var policy: String
  private var keys: [String]?
  private var signedAs: String?

  init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      let rule = decoder.codingPath.last?.stringValue ?? ""
      throw WherryError(
        .invalidArgument,
        "unknown key \(String(key.stringValue.prefix(80)).debugDescription) in signatures for "
          + String(rule.prefix(80)).debugDescription,
        hint: "known keys: " + Key.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let values = try decoder.container(keyedBy: Key.self)
    policy = try values.decode(String.self, forKey: .policy)
    keys = try values.decodeIfPresent([String].self, forKey: .keys)
    signedAs = try values.decodeIfPresent(String.self, forKey: .signedAs)
  }

  /// Throws `invalidArgument`, which names the rule.
  static func policy(_ rules: [String: SignatureKeys]) throws(WherryError) -> SignaturePolicy {
    guard rules.count <= SignaturePolicy.maximumRules else {
      throw WherryError(
        .invalidArgument, "signatures: more than \(SignaturePolicy.maximumRules) rules",
        hint: "a rule for a registry is one for all of its repositories")
    }
    var policy = SignaturePolicy()
    for (prefix, keys) in rules.sorted(by: { $0.key < $1.key }) {
      let rule = try keys.rule(prefix)
      guard !policy.rules.contains(where: { $0.prefix == rule.prefix }) else {
        throw WherryError(
          .invalidArgument, "signatures: two rules for \(rule.prefix)",
          hint: "it must be clear which one counts")
      }
      policy.rules.append(rule)
    }
    return policy
  }

  private func rule(_ prefix: String) throws(WherryError) -> SignatureRule {
    let name = String(prefix.prefix(80)).debugDescription
    guard let policy = Policy(rawValue: policy) else {
      throw WherryError(
        .invalidArgument,
        "signatures for \(name): policy \(String(policy.prefix(80)).debugDescription) is unknown",
        hint: "use one of " + Policy.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard policy == .require || (keys == nil && signedAs == nil) else {
      throw WherryError(
        .invalidArgument, "signatures for \(name): keys and signed-as say nothing with \(policy.rawValue)",
        hint: "write \"policy\": \"require\", or leave them out")
    }
    let paths = keys ?? []
    guard policy != .require || (1...SignatureRule.maximumKeys).contains(paths.count) else {
      throw WherryError(
        .invalidArgument, "signatures for \(name): require with \(paths.count) keys",
        hint: "give 1 to \(SignatureRule.maximumKeys) files of public keys under \"keys\"")
    }
    let files = try paths.map { path throws(WherryError) in
      try DaemonSettings.directory(path, of: "signatures for \(name): keys:")
    }
    let verdict: SignatureRule.Verdict =
      switch policy {
      case .accept: .accept
      case .reject: .reject
      case .require: .require(keys: files)
      }
    return try SignatureRule(prefix: prefix, verdict: verdict, signedAs: signedAs)
  }
}
