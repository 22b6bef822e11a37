package import WherryLinux
package import WherryModel
import WherryOCI
import WherryStore

/// A manifest whose content has not been read.
package struct OpenManifest: ~Copyable, Sendable {
  package let digest: Digest
  package let mediaType: String
  package let content: OpenBlob

  consuming func takeContent() -> OpenBlob { content }
}

package struct StoredManifest: Sendable, Equatable {
  package var digest: Digest
  package var mediaType: String
  package var bytes: [UInt8]
}

/// What a client is told of a manifest it pushed.
package struct ManifestReceipt: Sendable, Equatable {
  package var digest: Digest
  package var subject: Digest?
}

extension RegistryStore {
  /// Nil where the repository does not have it.
  package func manifest(_ name: RepositoryName, _ reference: ManifestName) throws -> StoredManifest? {
    guard let open = try openManifest(name, reference) else { return nil }
    return StoredManifest(
      digest: open.digest, mediaType: open.mediaType,
      bytes: try open.content.file.readAll(maximum: ManifestSummary.maximumSize))
  }

  /// Nil where the repository does not have it.
  package func openManifest(_ name: RepositoryName, _ reference: ManifestName) throws(SystemError)
    -> OpenManifest?
  {
    guard let digest = try resolve(name, reference) else { return nil }
    guard let type = try Files.readIfPresent(manifestFile(name, digest), maximum: 1024),
      let blob = try openContent(digest)
    else { return nil }
    return OpenManifest(digest: digest, mediaType: String(decoding: type, as: UTF8.self), content: blob)
  }

  func resolve(_ name: RepositoryName, _ reference: ManifestName) throws(SystemError) -> Digest? {
    switch reference {
    case .digest(let digest): return digest
    case .tag(let tag):
      guard let text = try Files.readIfPresent(tagFile(name, tag), maximum: 1024) else { return nil }
      do { return try Digest(String(decoding: text, as: UTF8.self)) } catch { return nil }
    }
  }

  /// Keeps a manifest and gives it its tags. Durable when it returns. What it refers to must be there, if it is to be
  /// complete.
  package func put(
    _ bytes: [UInt8], type: String?, to name: RepositoryName, _ reference: ManifestName, tags: [String],
    complete: Bool = true
  ) throws -> ManifestReceipt {
    let summary = try Self.summary(bytes)
    let digest = try Self.digest(of: bytes, as: reference)
    let mediaType = try Self.mediaType(announced: type, of: summary)
    var allTags = tags
    if case .tag(let tag) = reference { allTags.append(tag) }
    try linking {
      if complete { try requireBlobs(summary.blobs, name) }
      if try !Files.exists(blobFile(digest)) { try link(blobFile(digest), bytes) }
      // The referrer first: one that leads to no manifest is skipped, one that is missing would not be found.
      if let subject = summary.subject {
        try link("\(referrers(name, of: subject))/\(Self.fileName(digest))")
      }
      try link(manifestFile(name, digest), Array(mediaType.utf8))
      for tag in allTags { try link(tagFile(name, tag), Array(digest.description.utf8)) }
    }
    return ManifestReceipt(digest: digest, subject: summary.subject)
  }

  /// False where the repository does not have it. With a digest all its tags go as well.
  package func removeManifest(_ name: RepositoryName, _ reference: ManifestName) throws -> Bool {
    switch reference {
    case .tag(let tag):
      guard try Files.exists(tagFile(name, tag)) else { return false }
      return try DurableFile.remove(tagFile(name, tag))
    case .digest(let digest):
      guard try Files.exists(manifestFile(name, digest)) else { return false }
      let subject = try subject(of: digest)
      // What leads to it goes first.
      for tag in try tags(name) ?? [] where try resolve(name, .tag(tag)) == digest {
        try DurableFile.remove(tagFile(name, tag))
      }
      let removed = try DurableFile.remove(manifestFile(name, digest))
      if let subject {
        let file = "\(referrers(name, of: subject))/\(Self.fileName(digest))"
        if try Files.exists(file) { try DurableFile.remove(file) }
      }
      return removed
    }
  }

  /// Sorted by bytes; nil where there is no such repository.
  package func tags(_ name: RepositoryName) throws(SystemError) -> [String]? {
    let folder = folder(name)
    let hasManifests = try Files.exists("\(folder)/_manifests")
    let hasBlobs = try Files.exists("\(folder)/_blobs")
    guard hasManifests || hasBlobs else { return nil }
    return try names(in: "\(folder)/_tags").filter { Reference.isTag($0) }
  }

  private func requireBlobs(_ digests: [Digest], _ name: RepositoryName) throws {
    for digest in digests where try !Files.exists(blobLink(name, digest)) || !Files.exists(blobFile(digest)) {
      throw RegistryProblem(404, .manifestBlobUnknown, "the manifest refers to the unknown blob \(digest)")
    }
  }

  private func subject(of digest: Digest) throws -> Digest? {
    guard let blob = try openContent(digest) else { return nil }
    let bytes = try blob.file.readAll(maximum: ManifestSummary.maximumSize)
    do { return try ManifestSummary(json: bytes).subject } catch { return nil }
  }

  private static func summary(_ bytes: [UInt8]) throws(RegistryProblem) -> ManifestSummary {
    do {
      return try ManifestSummary(json: bytes)
    } catch {
      throw RegistryProblem(400, .manifestInvalid, error.message)
    }
  }

  private static func digest(of bytes: [UInt8], as reference: ManifestName) throws(RegistryProblem) -> Digest
  {
    guard case .digest(let wanted) = reference else { return Digest.sha256(of: bytes) }
    guard BlobHash.matches(bytes, wanted) else {
      throw RegistryProblem(400, .digestInvalid, "the manifest has another digest than \(wanted)")
    }
    return wanted
  }

  private static func mediaType(announced: String?, of summary: ManifestSummary) throws(RegistryProblem)
    -> String
  {
    let announced = announced?.split(separator: ";").first?.split { $0 == " " || $0 == "\t" }
      .joined(separator: " ")
    let type = announced ?? summary.mediaType ?? ""
    let isToken = type.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    guard isToken, type.contains("/"), type.utf8.count <= 255 else {
      throw RegistryProblem(400, .manifestInvalid, "the manifest's media type is missing or invalid")
    }
    guard summary.mediaType == nil || summary.mediaType == type else {
      throw RegistryProblem(
        400, .manifestInvalid, "the manifest says it is \(summary.mediaType ?? ""), its Content-Type \(type)")
    }
    return type
  }
}
