package import WherryModel
package import WherryOCI

/// What a registry's images must show before anything of them is fetched: rules by what names begin with. Of those that
/// fit the one that says most of the name decides; where none does, an image is taken.
package struct SignaturePolicy: Sendable, Equatable {
  package static let maximumRules = 128

  package var rules: [SignatureRule]

  package init(rules: [SignatureRule] = []) {
    self.rules = rules
  }

  package func rule(for reference: Reference) -> SignatureRule? {
    let fitting = rules.compactMap { rule in
      rule.rest(of: reference).map { (rule: rule, rest: $0.utf8.count) }
    }
    return fitting.min { ($0.rest, $1.rule.prefix.utf8.count) < ($1.rest, $0.rule.prefix.utf8.count) }?.rule
  }
}

package struct SignatureRule: Sendable, Equatable {
  package enum Verdict: Sendable, Equatable {
    case accept
    case reject
    /// A signature by one of the keys in these files.
    case require(keys: [String])
  }

  /// Fits every name.
  package static let everything = "*"
  package static let maximumKeys = 16

  /// `docker.io`, `registry.example:5000/team`: what names begin with, up to a slash; or `*`.
  package let prefix: String
  package let verdict: Verdict
  /// What stood in the place of `prefix` when the images were signed.
  package let signedAs: String?

  /// Throws `invalidArgument`.
  package init(prefix: String, verdict: Verdict, signedAs: String? = nil) throws(WherryError) {
    self.prefix = prefix == Self.everything ? prefix : try Self.name(prefix)
    self.verdict = verdict
    self.signedAs = try signedAs.map { text throws(WherryError) in try Self.name(text) }
    guard signedAs == nil || self.prefix != Self.everything else {
      throw WherryError(
        .invalidArgument, "signatures: signed-as of \"*\" says nothing",
        hint: "give it to a rule for a registry or a repository")
    }
  }

  /// What of the name follows the prefix, with its slash; nil where the rule does not fit. Docker Hub's images are known
  /// by two names: `docker.io/alpine` is `docker.io/library/alpine`.
  fileprivate func rest(of reference: Reference) -> Substring? {
    let domain = Self.canonical(reference.domain)
    var names = ["\(domain)/\(reference.path)"]
    if prefix == Self.everything { return "/\(names[0])" }
    if domain == Reference.defaultDomain { names.append("\(domain)/\(reference.familiarName)") }
    for name in names where name == prefix || name.hasPrefix(prefix + "/") {
      return name.dropFirst(prefix.count)
    }
    return nil
  }

  /// The repository that signatures of `reference` must name. Throws `failedPrecondition` where no repository can have
  /// that name.
  func repository(of reference: Reference) throws(WherryError) -> String {
    guard let signedAs else { return Self.repository(reference) }
    do throws(WherryError) {
      return Self.repository(try Reference(signedAs + (rest(of: reference) ?? "")))
    } catch {
      throw WherryError(
        .failedPrecondition,
        "image \(reference.familiar): signed-as of the signature policy for \(prefix) makes no name of it",
        cause: error)
    }
  }

  /// A name without tag and digest, as it is compared.
  static func repository(_ reference: Reference) -> String {
    "\(canonical(reference.domain))/\(reference.path)"
  }

  /// Hosts have no case, 443 is the port of all that name none, and 80 that of those without TLS: another spelling escapes
  /// no rule.
  private static func canonical(_ domain: String) -> String {
    let lower = domain.lowercased()
    let port = [":443", ":80"].first { lower.hasSuffix($0) } ?? ""
    let bare = String(lower.dropLast(port.utf8.count))
    return ["index.docker.io", "registry-1.docker.io"].contains(bare) ? Reference.defaultDomain : bare
  }

  /// A registry or a part of one. One that no image's name could begin with would be a rule without effect.
  private static func name(_ text: String) throws(WherryError) -> String {
    let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
    let domain = String(bare.prefix { $0 != "/" })
    let path = bare.dropFirst(domain.count + 1)
    let isHost = domain.contains { $0 == "." || $0 == ":" } || domain.lowercased() == "localhost"
    guard isHost, RegistryURL.authority(domain) != nil, bare.utf8.count <= Reference.maximumNameLength,
      bare == domain || Reference.isPath(path)
    else {
      throw WherryError(
        .invalidArgument, "signatures: \(String(text.prefix(80)).debugDescription) is no registry's name",
        hint: "such as docker.io, registry.example:5000/team, or * for all")
    }
    return bare == domain ? canonical(domain) : "\(canonical(domain))/\(path)"
  }
}
