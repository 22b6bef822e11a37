package import WherryModel
package import WherryOCI
package import WherryWire

/// Brings images into the store: each call runs one short-lived, confined worker process.
/// Cancelling the task ends the worker; what it staged stays resumable.
package protocol ImageFetcher: Sendable {
  /// Resolves, fetches, verifies, extracts and commits. Progress may be dropped by a slow reader.
  func pull(
    _ reference: Reference, platform: Platform, progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage

  /// Makes a one-layer image of a root filesystem archive (plain, gzip, zstd, xz, bzip2).
  /// `archive` is read with back-pressure.
  func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, configuration: ImageConfiguration
  ) async throws -> FetchedImage
}

package struct FetchedImage: Sendable, Equatable {
  /// Digest of the configuration: the image's ID.
  package var id: Digest
  /// Digest of the manifest (or index) that the reference named.
  package var digest: Digest
  /// False when the store had it already.
  package var changed: Bool

  package init(id: Digest, digest: Digest, changed: Bool) {
    self.id = id
    self.digest = digest
    self.changed = changed
  }
}
