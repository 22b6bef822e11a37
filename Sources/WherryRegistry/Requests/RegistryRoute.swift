import WherryModel
import WherryOCI

/// A place below `/v2/`.
enum RegistryRoute: Equatable {
  case base
  case catalog
  case blob(RepositoryName, Digest)
  case uploads(RepositoryName)
  case upload(RepositoryName, UploadID)
  case manifest(RepositoryName, ManifestName)
  case tags(RepositoryName)
  case referrers(RepositoryName, Digest)

  /// Where a name could be read as a part of the API (`a/tags/list`), the last words decide, as everywhere.
  init(path: String) throws(RegistryProblem) {
    var words = path.split(separator: "/", omittingEmptySubsequences: false)[...]
    guard words.popFirst() == "", words.popFirst() == "v2" else { throw .notFound(path) }
    if words.isEmpty || words.elementsEqual([""]) {
      self = .base
      return
    }
    if words.elementsEqual(["_catalog"]) {
      self = .catalog
      return
    }
    // A final slash is in the specification of uploads only.
    guard let last = words.popLast(), let kind = words.popLast() else { throw .notFound(path) }
    switch kind {
    case "uploads" where words.last == "blobs":
      let name = try RepositoryName(words.dropLast().joined(separator: "/"))
      self = last.isEmpty ? .uploads(name) : .upload(name, try UploadID(last))
    case "blobs" where last == "uploads":
      self = .uploads(try RepositoryName(words.joined(separator: "/")))
    case "blobs":
      let name = try RepositoryName(words.joined(separator: "/"))
      self = .blob(name, try Digest(registry: String(last)))
    case "manifests":
      let name = try RepositoryName(words.joined(separator: "/"))
      self = .manifest(name, try ManifestName(String(last)))
    case "tags" where last == "list":
      self = .tags(try RepositoryName(words.joined(separator: "/")))
    case "referrers":
      let name = try RepositoryName(words.joined(separator: "/"))
      self = .referrers(name, try Digest(registry: String(last)))
    default: throw .notFound(path)
    }
  }

  var methods: [String] {
    switch self {
    case .base, .catalog, .tags, .referrers: ["GET", "HEAD"]
    case .blob: ["GET", "HEAD", "DELETE"]
    case .uploads: ["POST"]
    case .upload: ["GET", "PATCH", "PUT", "DELETE"]
    case .manifest: ["GET", "HEAD", "PUT", "DELETE"]
    }
  }
}

/// A repository's name in the specification's grammar: safe as a relative path, since no part of it begins with a
/// dot or an underscore.
package struct RepositoryName: Hashable, Sendable, CustomStringConvertible {
  static let maximumLength = 255

  package let text: String

  package init(_ text: String) throws(RegistryProblem) {
    guard text.utf8.count <= Self.maximumLength, Reference.isPath(text) else { throw .name(text) }
    self.text = text
  }

  package var description: String { text }
}

extension ManifestName {
  init(_ text: String) throws(RegistryProblem) {
    if text.contains(":") {
      self = .digest(try Digest(registry: text))
    } else {
      guard Reference.isTag(text) else {
        throw RegistryProblem(
          400, .manifestInvalid, "invalid tag \(String(text.prefix(80)).debugDescription)")
      }
      self = .tag(text)
    }
  }
}
