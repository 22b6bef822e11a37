package import WherryLinux
package import WherryModel
import WherryOCI

/// One manifest of an answer about referrers.
package struct Referrer: Sendable, Encodable {
  var mediaType: String
  var digest: String
  var size: Int
  var artifactType: String?
  var annotations: [String: String]?
}

extension RegistryStore {
  /// Of the manifests that a page of referrers lists: each may have annotations as large as itself.
  private static let pageSize = 4 << 20

  /// Manifests of the repository whose subject is `subject`, which need not exist: those behind `last`, and the last of
  /// them where there are more.
  package func referrers(
    _ name: RepositoryName, of subject: Digest, artifactType: String?, after last: String?
  ) throws -> (found: [Referrer], next: String?) {
    var found: [Referrer] = []
    var size = 0
    for file in try names(in: referrers(name, of: subject)) {
      if let last, !Page.isAfter(file, last) { continue }
      if size >= Self.pageSize, let end = found.last { return (found, end.digest.replacing(":", with: "-")) }
      guard let digest = Self.digest(fileName: file), let manifest = try manifest(name, .digest(digest))
      else {
        continue
      }
      let summary: ManifestSummary
      do { summary = try ManifestSummary(json: manifest.bytes) } catch { continue }
      guard artifactType == nil || summary.artifactType == artifactType else { continue }
      size += manifest.bytes.count
      found.append(
        Referrer(
          mediaType: manifest.mediaType, digest: digest.description, size: manifest.bytes.count,
          artifactType: summary.artifactType,
          annotations: summary.annotations.isEmpty ? nil : summary.annotations))
    }
    return (found, nil)
  }

  /// Every repository that has a manifest, sorted by bytes.
  package func catalog() throws(SystemError) -> [String] {
    var found: [String] = []
    for name in try allRepositories() where try !names(in: "\(folder(name))/_manifests").isEmpty {
      found.append(name.text)
    }
    return found
  }

  /// Every repository, whatever is in it, sorted by bytes.
  func allRepositories() throws(SystemError) -> [RepositoryName] {
    var found: [RepositoryName] = []
    var waiting: [String] = try names(in: repositories)
    while let path = waiting.popLast() {
      var isRepository = false
      for entry in try names(in: "\(repositories)/\(path)") {
        if entry.hasPrefix("_") { isRepository = true } else { waiting.append("\(path)/\(entry)") }
      }
      // What somebody else has put here is none of ours.
      guard isRepository else { continue }
      do { found.append(try RepositoryName(path)) } catch { continue }
    }
    return found.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
  }
}
