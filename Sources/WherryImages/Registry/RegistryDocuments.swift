import AsyncHTTPClient
import NIOHTTP1
import WherryModel
import WherryOCI

import struct Crypto.SHA256
import struct Crypto.SHA512

extension RegistryClient {
  struct Document: Sendable {
    var bytes: [UInt8]
    var digest: Digest
    var contentType: MediaType?
  }

  /// The manifest or index of a tag or digest. Where the digest is known the bytes have it.
  func manifest(_ reference: Reference) async throws -> Document {
    guard let name = reference.digest?.description ?? reference.tag else {
      throw WherryError(.invalidArgument, "reference \(reference) has neither tag nor digest")
    }
    return try await manifest(named: name, digest: reference.digest)
  }

  /// `name` is a tag, or a digest in words.
  func manifest(named name: String, digest: Digest?) async throws -> Document {
    try await document("manifests/\(name)", accept: MediaType.manifests, digest: digest)
  }

  /// The manifest `descriptor` of an index refers to.
  func manifest(_ descriptor: Descriptor) async throws -> Document {
    let found = try await document(
      "manifests/\(descriptor.digest)", accept: [descriptor.mediaType], digest: descriptor.digest)
    try Self.check(found, descriptor)
    // What led here decides what it is; the registry's Content-Type has no say (CVE-2021-41190).
    return Document(bytes: found.bytes, digest: found.digest, contentType: descriptor.mediaType)
  }

  /// The configuration of a manifest.
  func configuration(_ descriptor: Descriptor) async throws -> Document {
    guard descriptor.size <= UInt64(limits.documentBytes) else {
      throw WherryError(
        .resourceExhausted,
        "image configuration of \(descriptor.size) bytes is larger than "
          + "\(limits.documentBytes)")
    }
    let found = try await document("blobs/\(descriptor.digest)", accept: [], digest: descriptor.digest)
    try Self.check(found, descriptor)
    return found
  }

  /// `path` is what is asked of the repository; at most `maximum` bytes, those of documents where nil.
  func document(
    _ path: String, accept: [MediaType], digest: Digest?, maximum: Int? = nil
  ) async throws -> Document {
    try await retrying {
      let answer = try await get(path, accept: accept)
      let bytes = try await body(of: answer, maximum: maximum ?? limits.documentBytes, what: path)
      let type = answer.response.headers.first(name: "content-type").map { value in
        let bare = value.split(separator: ";", omittingEmptySubsequences: false)[0]
        return MediaType(rawValue: bare.filter { $0 != " " })
      }
      let actual = try Self.digest(bytes, as: digest?.algorithm ?? .sha256)
      if let digest, digest != actual { throw Self.mismatch(digest, "its content has \(actual)") }
      return Document(bytes: bytes, digest: actual, contentType: type)
    }
  }

  /// Tries again while failures are transient, a few times and ever more slowly.
  func retrying<Result>(_ operation: () async throws -> Result) async throws -> Result {
    var pause = limits.firstPause
    for _ in 1..<max(2, min(limits.attempts, 3)) {
      do {
        return try await operation()
      } catch  where RegistryFailure.isTransient(error) {
        try await Task.sleep(for: pause)
        pause *= 2
      }
    }
    return try await operation()
  }

  private static func check(_ document: Document, _ descriptor: Descriptor) throws(WherryError) {
    guard UInt64(document.bytes.count) == descriptor.size else {
      throw mismatch(
        descriptor.digest, "it has \(document.bytes.count) bytes where \(descriptor.size) were announced")
    }
  }

  static func digest(_ bytes: [UInt8], as algorithm: Digest.Algorithm) throws(WherryError) -> Digest {
    switch algorithm {
    case .sha256: try Digest("sha256:\(Hex.encode(Array(SHA256.hash(data: bytes))))")
    case .sha512: try Digest("sha512:\(Hex.encode(Array(SHA512.hash(data: bytes))))")
    }
  }

  static func mismatch(_ digest: Digest, _ how: String) -> WherryError {
    WherryError(
      .dataLoss, "\(digest) from the registry is damaged: \(how)", hint: "nothing of it was kept; try again")
  }
}
