package import WherryModel
import WherryOCI

/// What a client asks for, of all that the specification has ("Endpoints").
package enum RegistryRequest: Sendable, Equatable {
  case base
  case readBlob(RepositoryName, Digest)
  case deleteBlob(RepositoryName, Digest)
  case startUpload(RepositoryName, UploadStart)
  case uploadStatus(RepositoryName, UploadID)
  case uploadChunk(RepositoryName, UploadID)
  case finishUpload(RepositoryName, UploadID, Digest)
  case cancelUpload(RepositoryName, UploadID)
  case readManifest(RepositoryName, ManifestName)
  case writeManifest(RepositoryName, ManifestName, tags: [String])
  case deleteManifest(RepositoryName, ManifestName)
  case tags(RepositoryName, Page)
  case referrers(RepositoryName, Digest, artifactType: String?, last: String?)
  case catalog(Page)

  /// Whether a body may follow that is to be stored.
  var takesBody: Bool {
    switch self {
    case .startUpload, .uploadChunk, .finishUpload, .writeManifest: true
    default: false
    }
  }
}

/// How an upload begins, and with it perhaps ends.
package enum UploadStart: Sendable, Equatable {
  case session(Digest.Algorithm)
  /// All of the blob is in this one request.
  case whole(Digest)
  /// From another repository of ours, or from any that has it.
  case mount(Digest, from: RepositoryName?)
}

package enum ManifestName: Sendable, Hashable {
  case tag(String)
  case digest(Digest)

  package var text: String {
    switch self {
    case .tag(let tag): tag
    case .digest(let digest): digest.description
    }
  }
}

/// A part of a sorted list: what comes after `last`, at most `count`.
package struct Page: Sendable, Equatable {
  /// As docker's registry: more are told on further pages.
  static let maximumCount = 1000

  package var count: Int?
  package var last: String?

  package init(count: Int?, last: String?) {
    self.count = count
    self.last = last
  }
}

extension RegistryRequest {
  /// Reads a method and a request's target.
  package init(method: String, target text: String) throws(RegistryProblem) {
    let target = try RequestTarget(text)
    let route = try RegistryRoute(path: target.path)
    // A HEAD is a GET whose body is left out by whoever writes the response.
    switch (route, method == "HEAD" ? "GET" : method) {
    case (.base, "GET"): self = .base
    case (.catalog, "GET"): self = .catalog(try Page(target))
    case (.blob(let name, let digest), "GET"): self = .readBlob(name, digest)
    case (.blob(let name, let digest), "DELETE"): self = .deleteBlob(name, digest)
    case (.uploads(let name), "POST"): self = .startUpload(name, try UploadStart(target))
    case (.upload(let name, let id), "GET"): self = .uploadStatus(name, id)
    case (.upload(let name, let id), "PATCH"): self = .uploadChunk(name, id)
    case (.upload(let name, let id), "DELETE"): self = .cancelUpload(name, id)
    case (.upload(let name, let id), "PUT"):
      guard let digest = target.value("digest") else {
        throw RegistryProblem(400, .digestInvalid, "the digest parameter is missing")
      }
      self = .finishUpload(name, id, try Digest(registry: digest))
    case (.manifest(let name, let reference), "GET"): self = .readManifest(name, reference)
    case (.manifest(let name, let reference), "PUT"):
      self = .writeManifest(name, reference, tags: try Self.tags(target, for: reference))
    case (.manifest(let name, let reference), "DELETE"): self = .deleteManifest(name, reference)
    case (.tags(let name), "GET"): self = .tags(name, try Page(target))
    case (.referrers(let name, let digest), "GET"):
      let type = target.value("artifactType").flatMap { $0.isEmpty ? nil : $0 }
      self = .referrers(name, digest, artifactType: type, last: target.value("last"))
    default: throw .method(route.methods)
    }
  }

  /// Further tags for a manifest that is pushed by its digest.
  private static func tags(_ target: RequestTarget, for name: ManifestName) throws(RegistryProblem)
    -> [String]
  {
    guard case .digest = name else { return [] }
    let tags = target.values("tag")
    for tag in tags where !Reference.isTag(tag) {
      throw RegistryProblem(400, .manifestInvalid, "invalid tag \(String(tag.prefix(80)).debugDescription)")
    }
    return tags
  }
}

extension UploadStart {
  init(_ target: RequestTarget) throws(RegistryProblem) {
    if let mount = target.value("mount") {
      let from = target.value("from").flatMap { $0.isEmpty ? nil : $0 }
      self = .mount(
        try Digest(registry: mount),
        from: try from.map { text throws(RegistryProblem) in try RepositoryName(text) })
    } else if let digest = target.value("digest") {
      self = .whole(try Digest(registry: digest))
    } else if let word = target.value("digest-algorithm") {
      guard let algorithm = Digest.Algorithm(rawValue: word) else { throw .digest(word) }
      self = .session(algorithm)
    } else {
      self = .session(.sha256)
    }
  }
}

extension Page {
  init(_ target: RequestTarget) throws(RegistryProblem) {
    last = target.value("last")
    guard let text = target.value("n") else { return }
    guard text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text)
    else {
      throw RegistryProblem(400, .unsupported, "n is no number: \(String(text.prefix(40)).debugDescription)")
    }
    self.count = count
  }

  /// The items of this page out of all, and the last of them where there are more.
  package func cut(_ sorted: [String]) -> (items: [String], next: String?) {
    let rest = last.map { last in sorted.drop { !Self.isAfter($0, last) } } ?? sorted[...]
    let limit = min(count ?? Self.maximumCount, Self.maximumCount)
    let items = Array(rest.prefix(limit))
    return (items, items.count < rest.count ? items.last : nil)
  }

  /// By bytes, as Go's sort.Strings.
  static func isAfter(_ left: String, _ right: String) -> Bool {
    right.utf8.lexicographicallyPrecedes(left.utf8)
  }
}

extension Digest {
  init(registry text: String) throws(RegistryProblem) {
    do {
      self = try Digest(text)
    } catch {
      throw .digest(text)
    }
  }
}
