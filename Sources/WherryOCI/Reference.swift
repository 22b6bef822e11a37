package import WherryModel

/// An image's name as people and other engines write it, normalised as
/// github.com/distribution/reference does: `alpine` is `docker.io/library/alpine:latest`.
package struct Reference: Hashable, Sendable {
  package static let defaultDomain = "docker.io"
  package static let defaultTag = "latest"
  /// Of `domain/path`.
  package static let maximumNameLength = 255

  /// `docker.io`, `registry.example:5000`, `[::1]:5000`.
  package let domain: String
  /// `library/alpine`.
  package let path: String
  package let tag: String?
  package let digest: Digest?

  /// Parses and normalises `text`. Where it has neither tag nor digest it gets `defaultTag`
  /// (none where that is nil). Throws `invalidArgument`.
  package init(_ text: String, defaultTag: String? = Self.defaultTag) throws(WherryError) {
    guard text.utf8.count <= 1024 else { throw Self.invalid(text, "too long") }
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Self.invalid(text, "only printable ASCII without spaces is allowed")
    }
    let bare = text.utf8.count == 64 && Hex.isLowercase(text)
    guard !bare else { throw Self.invalid(text, "64 hexadecimal digits are an ID, not a name") }

    let (domain, remainder) = Self.splitDomain(text)
    let at = remainder.firstIndex(of: "@") ?? remainder.endIndex
    let named = remainder[..<at]
    let colon = named.firstIndex(of: ":") ?? named.endIndex
    let path = named[..<colon]
    guard !path.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
      throw Self.invalid(text, "repository name must be lowercase")
    }
    guard ReferenceGrammar.isDomain(domain), ReferenceGrammar.isPath(path) else {
      throw Self.invalid(text, nil)
    }
    guard domain.utf8.count + 1 + path.utf8.count <= Self.maximumNameLength else {
      throw Self.invalid(text, "repository name must not be more than \(Self.maximumNameLength) characters")
    }
    var tag: String?
    if colon != named.endIndex {
      let word = named[named.index(after: colon)...]
      guard ReferenceGrammar.isTag(word) else { throw Self.invalid(text, "invalid tag") }
      tag = String(word)
    }
    var digest: Digest?
    if at != remainder.endIndex {
      do {
        digest = try Digest(remainder[remainder.index(after: at)...])
      } catch {
        throw Self.invalid(text, error.message)
      }
    }
    self.domain = domain
    self.path = String(path)
    self.tag = tag ?? (digest == nil ? defaultTag : nil)
    self.digest = digest
  }

  private init(domain: String, path: String, tag: String?, digest: Digest?) {
    self.domain = domain
    self.path = path
    self.tag = tag
    self.digest = digest
  }

  /// `domain/path`, without tag or digest.
  package var name: String { "\(domain)/\(path)" }

  /// The name with this digest instead of tag and digest: `docker.io/library/alpine@sha256:…`.
  package func canonical(_ digest: Digest) -> Reference {
    Reference(domain: domain, path: path, tag: nil, digest: digest)
  }

  /// Without its digest, where it has a tag as well.
  package var withoutDigest: Reference? {
    tag == nil ? nil : Reference(domain: domain, path: path, tag: tag, digest: nil)
  }

  /// As people write the name: `alpine` for `docker.io/library/alpine`.
  package var familiarName: String {
    guard domain == Self.defaultDomain else { return name }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0] == "library" ? String(parts[1]) : path
  }

  /// `alpine:latest`.
  package var familiar: String { familiarName + suffix }

  private var suffix: String {
    (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }

  /// The part before the first `/` is a host if it has a dot or a colon or is `localhost`
  /// (splitDockerDomain).
  private static func splitDomain(_ text: String) -> (domain: String, remainder: Substring) {
    var domain = defaultDomain
    var remainder = text[...]
    if let slash = text.firstIndex(of: "/") {
      let first = text[..<slash]
      if first.contains(where: { $0 == "." || $0 == ":" }) || first == "localhost" {
        domain = first == "index.docker.io" ? defaultDomain : String(first)
        remainder = text[text.index(after: slash)...]
      }
    }
    if domain == defaultDomain, !remainder.contains("/") { remainder = "library/\(remainder)" }
    return (domain, remainder)
  }

  private static func invalid(_ text: String, _ reason: String?) -> WherryError {
    let shown = String(text.prefix(160)).debugDescription
    let detail = reason.map { ": \($0)" } ?? ""
    return WherryError(
      .invalidArgument, "invalid reference format \(shown)\(detail)",
      hint: "an image is named [HOST[:PORT]/]PATH[:TAG][@DIGEST]")
  }
}

extension Reference: CustomStringConvertible {
  /// Complete: `docker.io/library/alpine:latest`.
  package var description: String { name + suffix }
}

extension Reference {
  /// Whether a text may be the path of a name: `library/alpine`.
  package static func isPath(_ text: some StringProtocol) -> Bool { ReferenceGrammar.isPath(text) }

  package static func isTag(_ text: some StringProtocol) -> Bool { ReferenceGrammar.isTag(text) }
}
