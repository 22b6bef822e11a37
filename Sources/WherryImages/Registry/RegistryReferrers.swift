import AsyncHTTPClient
import NIOHTTP1
import WherryModel
import WherryOCI

extension RegistryClient {
  struct Referrers: Sendable {
    var manifests: [Descriptor]
    /// The registry has no API for it: from the tag of that name.
    var isFromTag: Bool
  }

  static let maximumReferrers = Index.maximumManifests
  private static let maximumReferrerPages = 16
  /// Of all descriptors with their annotations, about.
  private static let maximumReferrerBytes = 1 << 20

  /// What refers to the manifest of that digest (distribution-spec 1.1, "Listing Referrers"), of one type where that is
  /// given. Throws `resourceExhausted` where there are too many.
  func referrers(of digest: Digest, artifactType: String?) async throws -> Referrers {
    guard let listed = try await listedReferrers(of: digest, artifactType) else {
      return Referrers(manifests: try await taggedReferrers(of: digest, artifactType), isFromTag: true)
    }
    return Referrers(manifests: listed, isFromTag: false)
  }

  /// Nil where the registry lacks the API.
  private func listedReferrers(of digest: Digest, _ artifactType: String?) async throws -> [Descriptor]? {
    let folder = "/v2/\(repository)/referrers/"
    let query = artifactType.map { [(name: "artifactType", value: $0)] } ?? []
    var next: RegistryURL? = RegistryURL(origin: rules.registry, target: "\(folder)\(digest)").withQuery(
      query)
    var found: [Descriptor] = []
    for page in 0..<Self.maximumReferrerPages {
      guard let url = next else { return found }
      let (bytes, link) = try await retrying { () async throws -> ([UInt8]?, String?) in
        let answer = try await send(
          .GET, url, headers: [("Accept", MediaType.index.rawValue)], expecting: [200, 404, 405])
        guard answer.status == 200 else { return (nil, nil) }
        return (
          try await body(of: answer, maximum: limits.documentBytes, what: "list of referrers"),
          answer.response.headers.first(name: "link")
        )
      }
      guard let bytes else {
        guard page == 0 else {
          throw WherryError(
            .protocolViolation, "registry \(rules.registry.name): the list of referrers has no end")
        }
        return nil
      }
      try add(try Index(json: bytes), artifactType, to: &found)
      next = try link.flatMap { text in try Self.next(text, after: url, folder) }
    }
    guard next == nil else { throw tooMany() }
    return found
  }

  /// The registry may lead to more of its own list and to nothing else.
  private static func next(_ link: String, after url: RegistryURL, _ folder: String) throws -> RegistryURL? {
    let place = link.dropFirst().prefix { $0 != ">" }
    guard link.hasPrefix("<"), link.dropFirst(place.count + 1).contains("next") else { return nil }
    let next = try url.following(String(place))
    guard next.origin == url.origin, next.target.hasPrefix(folder), next != url else {
      throw WherryError(
        .protocolViolation, "registry \(url.origin.name): its list of referrers leads elsewhere")
    }
    return next
  }

  /// distribution-spec 1.1, "Referrers Tag Schema".
  private func taggedReferrers(of digest: Digest, _ artifactType: String?) async throws -> [Descriptor] {
    do {
      let tag = "\(digest.algorithm.rawValue)-\(digest.hex.prefix(64))"
      let document = try await document("manifests/\(tag)", accept: [.index], digest: nil)
      var found: [Descriptor] = []
      try add(try Index(json: document.bytes, contentType: document.contentType), artifactType, to: &found)
      return found
    } catch let error as WherryError where error.code == .notFound {
      return []
    }
  }

  /// A registry may have filtered, and need not have.
  private func add(_ index: Index, _ artifactType: String?, to found: inout [Descriptor]) throws(WherryError)
  {
    found += index.manifests.filter { artifactType == nil || $0.artifactType == artifactType }
    let bytes = found.reduce(0) { sum, one in
      sum + 512 + one.annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }
    guard found.count <= Self.maximumReferrers, bytes <= Self.maximumReferrerBytes else { throw tooMany() }
  }

  private func tooMany() -> WherryError {
    WherryError(
      .resourceExhausted,
      "registry \(rules.registry.name): more refers to an image of \(repository) than can be listed",
      hint: "ask for one type, with --type")
  }
}
