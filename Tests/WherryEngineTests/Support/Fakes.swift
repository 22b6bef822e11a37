import Glibc
import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Roots that are plain folders; what is mounted is remembered.
final class FakeRoots: RootFilesystems {
  let base: String
  let mounted = Mutex<Set<ContainerID>>([])
  let mountCount = Mutex(0)
  let failure = Mutex<WherryError?>(nil)
  let unmountFailure = Mutex<WherryError?>(nil)
  /// Made in each root: path to symbolic link target; nil is a folder.
  let contents = Mutex<[(String, String?)]>([])

  init(_ base: String) { self.base = base }

  var isEmpty: Bool { mounted.withLock(\.isEmpty) }

  func mount(
    _ id: ContainerID, layers: [String], upper: String, work: String, owners: IDMap?, isTransient: Bool
  ) throws(WherryError) -> String {
    if let failure = failure.withLock({ $0 }) { throw failure }
    let contents = contents.withLock { $0 }
    let root = path(id)
    try WherryError.converting { () throws(SystemError) in
      try Files.makeDirectories(root)
      for (name, target) in contents {
        if let target {
          try Files.makeSymbolicLink("\(root)/\(name)", to: target)
        } else {
          try Files.makeDirectories("\(root)/\(name)")
        }
      }
    }
    mounted.withLock { _ = $0.insert(id) }
    mountCount.withLock { $0 += 1 }
    return root
  }

  func unmount(_ id: ContainerID) throws(WherryError) {
    if let failure = unmountFailure.withLock({ $0 }) { throw failure }
    mounted.withLock { _ = $0.remove(id) }
  }

  func path(_ id: ContainerID) -> String { "\(base)/\(id)" }
}

/// A registry of images that are put into the store when they are pulled.
final class FakeFetcher: ImageFetcher {
  struct State {
    var images: [String: ImageConfiguration] = [:]
    var pulls: [String] = []
    var failure: WherryError?
    /// Held pulls wait here.
    var gate: [CheckedContinuation<Void, Never>] = []
    var isHeld = false
    var imported: [UInt8] = []
    /// The names an image had that was pushed.
    var pushed: [Reference] = []
    var platforms: [String] = []
    /// What the registry has, where that is not the manifest itself.
    var digests: [String: Digest] = [:]
    /// Layers that were asked for again, and why none came.
    var refetched: [Digest] = []
    var refetchFailure = WherryError(.unavailable, "no registry answers")
  }

  let state = Mutex(State())
  let store: Store

  init(_ store: Store) { self.store = store }

  var pulls: [String] { state.withLock(\.pulls) }
  var imported: [UInt8] { state.withLock(\.imported) }
  var isHolding: Bool { state.withLock { !$0.gate.isEmpty } }

  func release() {
    let waiting = state.withLock { state in
      state.isHeld = false
      defer { state.gate = [] }
      return state.gate
    }
    for one in waiting { one.resume() }
  }

  func pull(
    _ reference: Reference, platform: Platform, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage {
    state.withLock {
      $0.pulls.append("\(reference)")
      $0.platforms.append("\(platform)")
    }
    progress(PullProgress(phase: .resolving))
    await withCheckedContinuation { continuation in
      let passes = state.withLock { state in
        if state.isHeld { state.gate.append(continuation) }
        return !state.isHeld
      }
      if passes { continuation.resume() }
    }
    let (image, failure) = state.withLock { ($0.images["\(reference)"], $0.failure) }
    if let failure { throw failure }
    guard let image else { throw WherryError(.notFound, "manifest of \(reference) unknown") }
    let stored = try StoredImage.put(image, in: store, names: ["\(reference)"])
    progress(PullProgress(phase: .complete))
    let digest = state.withLock { $0.digests["\(reference)"] } ?? stored.manifest
    return FetchedImage(id: stored.id, digest: digest, changed: true)
  }

  func push(
    _ image: Image, as reference: Reference, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> PushedImage {
    state.withLock { $0.pushed = image.references }
    return PushedImage(digest: image.id, size: 0, uploaded: 0, unchanged: true)
  }

  func save(_ images: [Image], to sink: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    for image in images { try await sink(Array(image.id.description.utf8)) }
  }

  func load(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, platform: Platform?
  ) async throws -> [LoadedImage] {
    []
  }

  func refetch(
    _ layer: LayerRefetch, install: @escaping @Sendable (RefetchedLayer) async throws -> Void
  ) async throws {
    throw state.withLock { state in
      state.refetched.append(layer.id)
      return state.refetchFailure
    }
  }

  func login(_ registry: String, credential: String) async throws {
    throw WherryError(.unauthorized, "\(registry) knows nobody")
  }

  func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, over base: ImageBase?,
    configuration: ImageConfiguration
  ) async throws -> FetchedImage {
    var bytes: [UInt8] = []
    for try await chunk in archive { bytes += chunk }
    let all = bytes
    state.withLock { $0.imported = all }
    let stored = try StoredImage.put(configuration, in: store, names: [])
    return FetchedImage(id: stored.id, digest: stored.manifest, changed: true)
  }
}

/// Puts an image into a store, as a fetch does.
struct StoredImage {
  var id: Digest
  var manifest: Digest

  static func put(_ configuration: ImageConfiguration, in store: Store, names: [String]) throws -> StoredImage
  {
    let json = try configuration.json()
    let id = Digest.sha256(of: json)
    let manifest = Array("manifest of \(id)".utf8)
    let digest = Digest.sha256(of: manifest)
    for (layer, diffID) in zip(configuration.layerIDs, configuration.diffIDs) {
      let staged = try store.staging.makeFolder("layer")
      try Files.makeDirectories(staged + "/tree", mode: 0o755)
      try store.layers.commit(
        staged: staged,
        LayerRecord(id: layer, diffID: diffID, blob: nil, size: 10, added: Timestamp(nanoseconds: 1)))
    }
    try store.images.putBlob(json, id)
    try store.images.putBlob(manifest, digest)
    try store.images.put(
      ImageRecord(id: id, manifest: digest, layers: configuration.layerIDs, added: Timestamp(nanoseconds: 1)))
    for name in names {
      try store.images.setName(ImageName(reference: name, image: id, digest: digest))
    }
    return StoredImage(id: id, manifest: digest)
  }
}
