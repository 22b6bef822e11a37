package import WherryModel
package import WherryOCI
package import WherryStore
package import WherryWire

/// Brings images into the store: each call runs one short-lived, confined worker process.
/// Cancelling the task ends the worker; what it staged stays resumable.
package protocol ImageFetcher: Sendable {
  /// Resolves, fetches, verifies, extracts and commits. Progress may be dropped by a slow reader.
  func pull(
    _ reference: Reference, platform: Platform, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage

  /// Makes an image of an archive (plain, gzip, zstd, xz, bzip2): of one layer, a root filesystem, or of one more
  /// layer than `base` has. The configuration gets the new layer's diff ID after those it has.
  /// `archive` is read with back-pressure.
  func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, over base: ImageBase?,
    configuration: ImageConfiguration
  ) async throws -> FetchedImage

  /// Sends an image to the registry of `reference`.
  func push(
    _ image: Image, as reference: Reference, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> PushedImage

  /// Writes images as one archive.
  func save(_ images: [Image], to sink: @escaping @Sendable ([UInt8]) async throws -> Void) async throws

  /// Takes the images of an archive, those for `platform` where that is given. `archive` is read with back-pressure.
  func load(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, platform: Platform?
  ) async throws -> [LoadedImage]

  /// Asks `registry` (a reference's domain) whether it takes `credential`, `user:password` in base64. Throws
  /// `unauthorized`.
  func login(_ registry: String, credential: String) async throws

  /// Asks `registry` whether it is there, as a pull would reach it, without a credential; that it wants one is an answer.
  func probe(_ registry: String) async throws
  /// Asks a registry what it has, for tags the mirrors first. `credential` is `user:password` in base64.
  func ask(_ question: RemoteQuestion, credential: String?) async throws -> [RegistryEntry]

  /// Registries that are asked whatever is pulled: mirrors.
  var configuredRegistries: [String] { get }

  /// Asks the registry of `reference` what refers to it. Nothing else is fetched, and nothing is kept.
  func referrers(
    of reference: Reference, artifactType: String?, credential: String?
  ) async throws -> ImageReferrers

  /// Fetches a layer that is damaged once more, from where the image came from, and verifies it wholly. `install` puts
  /// what was staged where it belongs; what it leaves is deleted. A registry that does not answer is given up soon
  /// (`unavailable`).
  func refetch(
    _ layer: LayerRefetch, install: @escaping @Sendable (RefetchedLayer) async throws -> Void
  ) async throws
}

extension ImageFetcher {
  package func probe(_ registry: String) async throws {}
  package func ask(_ question: RemoteQuestion, credential: String?) async throws -> [RegistryEntry] { [] }
  package var configuredRegistries: [String] { [] }
  package func referrers(
    of reference: Reference, artifactType: String?, credential: String?
  ) async throws -> ImageReferrers {
    throw WherryError(.unsupported, "no registry to ask for what refers to \(reference.familiar)")
  }
}

/// What a registry says refers to an image (distribution-spec, "Listing Referrers").
package struct ImageReferrers: Sendable, Equatable {
  /// Of what the reference names.
  package var digest: Digest
  package var referrers: [Descriptor]
  /// The registry lacks the API: this is the list of the tag that stands in for it.
  package var isFromTag: Bool

  package init(digest: Digest, referrers: [Descriptor], isFromTag: Bool) {
    self.digest = digest
    self.referrers = referrers
    self.isFromTag = isFromTag
  }
}

package struct LayerRefetch: Sendable {
  /// The layer store's.
  package var id: Digest
  package var manifest: [UInt8]
  package var configuration: [UInt8]
  /// Among the image's layers, and all of these, lowest first.
  package var position: Int
  package var layers: [Digest]
  /// Where it may be had.
  package var names: [Reference]
  /// Paths of the regular files that are wanted; nil for the whole layer.
  package var paths: [[UInt8]]?

  package init(
    id: Digest, manifest: [UInt8], configuration: [UInt8], position: Int, layers: [Digest],
    names: [Reference],
    paths: [[UInt8]]?
  ) {
    self.id = id
    self.manifest = manifest
    self.configuration = configuration
    self.position = position
    self.layers = layers
    self.names = names
    self.paths = paths
  }
}

package struct RefetchedLayer: Sendable {
  /// A folder directly below `staging/` with `tree/` in it; nobody else writes there any more.
  package var folder: String
  package var record: LayerRecord
  package var opaqueFolders: [[UInt8]]

  package init(folder: String, record: LayerRecord, opaqueFolders: [[UInt8]]) {
    self.folder = folder
    self.record = record
    self.opaqueFolders = opaqueFolders
  }
}

/// How one pull is done; what is nil is as the daemon's settings say.
package struct PullOptions: Sendable, Equatable {
  /// `user:password` in base64, for the reference's own registry.
  package var credential: String?
  /// Bytes a second; zero for no limit.
  package var rateLimit: UInt64?
  package var concurrentDownloads: Int?
  /// Of a push: layers go as zstd:chunked.
  package var chunked = false

  package init(credential: String? = nil, rateLimit: UInt64? = nil, concurrentDownloads: Int? = nil) {
    self.credential = credential
    self.rateLimit = rateLimit
    self.concurrentDownloads = concurrentDownloads
  }
}

package struct PushedImage: Sendable, Equatable {
  /// Of the manifest that the registry has now, and its bytes.
  package var digest: Digest
  package var size: UInt64
  /// Bytes of layers that were sent.
  package var uploaded: UInt64
  /// Whether the manifest is the one the image came with.
  package var unchanged: Bool

  package init(digest: Digest, size: UInt64, uploaded: UInt64, unchanged: Bool) {
    self.digest = digest
    self.size = size
    self.uploaded = uploaded
    self.unchanged = unchanged
  }
}

package struct LoadedImage: Sendable, Equatable {
  package var id: Digest
  package var references: [Reference]

  package init(id: Digest, references: [Reference]) {
    self.id = id
    self.references = references
  }
}

/// What an image is made upon.
package struct ImageBase: Sendable, Equatable {
  /// May be gone by now; its layers are not.
  package var image: Digest
  /// The layer store's IDs, lowest first.
  package var layers: [Digest]

  package init(image: Digest, layers: [Digest]) {
    self.image = image
    self.layers = layers
  }
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
