import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// The daemon's side of one pull: documents, then layer by layer, then the image, each durable before the next.
struct PullSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var reference: Reference
  var platform: Platform
  var staging: String
  /// The signature policy's.
  var requirement: SignatureRequirement?
  var progress: @Sendable (PullProgress) -> Void

  func run() async throws -> FetchedImage {
    let documents = try await resolve()
    let brought = try await bringAll(documents)
    let changed = try await record(documents) || brought
    progress(PullProgress(phase: .complete))
    return FetchedImage(id: documents.id, digest: documents.named.digest, changed: changed)
  }

  /// True where a layer came.
  func bringAll(_ documents: FetchedDocuments) async throws -> Bool {
    let missing = try await plan(documents)
    try await session.send(.plan(missing.map(UInt64.init)))
    var brought = false
    for position in missing where try await bring(position, documents) { brought = true }
    try await session.send(.finish)
    return brought
  }

  private func resolve() async throws -> FetchedDocuments {
    var events: [WorkerEvent] = []
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .progress(_, let phase, _, let message):
        if !message.isEmpty {
          progress(
            PullProgress(phase: PullPhase(rawValue: phase), message: RegistryFailure.plain(message)))
        }
      case .document(let kind, let type, let bytes):
        guard events.count < 4 else { throw unexpected("more documents") }
        events.append(.document(kind, contentType: type, bytes: bytes))
      case .resolved:
        return try FetchedDocuments(
          events, reference: reference, platform: platform, requirement: requirement)
      case .unpacked, .failed, .image, .pushed: throw unexpected("a layer")
      }
    }
  }

  /// Positions of the layers that are not in the store.
  private func plan(_ documents: FetchedDocuments) async throws -> [Int] {
    let missing = try await fetcher.pool.run { [store = fetcher.store, staging] () throws(WherryError) in
      var missing: [Int] = []
      for (position, id) in documents.layerIDs.enumerated() where try !store.layers.contains(id) {
        missing.append(position)
        // What an earlier pull kept of it goes where the worker can go on with it.
        try store.partials.take(
          documents.manifest.layers[position].digest, into: "\(staging)/\(PartialBlobs.spoolName)")
      }
      return missing
    }
    for (position, layer) in documents.manifest.layers.enumerated() {
      report(layer, missing.contains(position) ? .waiting : .exists)
    }
    return missing
  }

  /// False where another pull brought it while we waited.
  private func bring(_ position: Int, _ documents: FetchedDocuments) async throws -> Bool {
    let (id, layer) = (documents.layerIDs[position], documents.manifest.layers[position])
    return try await fetcher.lanes.run(id) {
      let store = fetcher.store
      let folder = try await fetcher.pool.run { [staging] () throws(WherryError) -> String? in
        if try store.layers.contains(id) { return nil }
        return try WorkerFetcher.makeLayerFolder(staging, position)
      }
      guard let folder else {
        try await session.send(.skip(layer: UInt64(position)))
        report(layer, .exists)
        return false
      }
      let lowers = documents.layerIDs[..<position].map { store.layers.tree($0) }
      try await session.send(.extract(layer: UInt64(position), tree: folder + "/tree", lowers: lowers))
      let unpacked = try await unpacking(position, documents)
      report(layer, .extracting, current: layer.size)
      try await fetcher.pool.run { () throws(WherryError) in
        try WorkerFetcher.commit(
          folder, unpacked,
          LayerRecord(
            id: id, diffID: documents.configuration.diffIDs[position], blob: layer.digest,
            size: unpacked.fileBytes, added: .now()), in: store)
      }
      report(layer, .complete, current: layer.size)
      return true
    }
  }

  private func unpacking(_ position: Int, _ documents: FetchedDocuments) async throws -> UnpackedLayer {
    while true {
      switch try await session.next() {
      case .progress(let number, let phase, let current, let message):
        guard let index = Int(exactly: number), documents.manifest.layers.indices.contains(index) else {
          throw unexpected("progress of layer \(number)")
        }
        let text = message.isEmpty ? nil : RegistryFailure.plain(message)
        report(
          documents.manifest.layers[index], PullPhase(rawValue: phase), current: current, message: text)
      case .unpacked(let layer):
        guard layer.layer == UInt64(position),
          layer.diffID == documents.configuration.diffIDs[position].description
        else { throw unexpected("layer \(layer.layer)") }
        return layer
      case .started, .document, .resolved, .failed, .image, .pushed:
        throw unexpected("something else than a layer")
      }
    }
  }

  /// True where the store changed.
  func recordUnnamed(_ documents: FetchedDocuments) async throws {
    try await fetcher.pool.run { [store = fetcher.store] () throws(WherryError) in
      try store.images.putBlob(documents.configurationBytes, documents.id)
      try store.images.putBlob(documents.manifestBytes.bytes, documents.manifestBytes.digest)
      try store.images.put(
        ImageRecord(
          id: documents.id, manifest: documents.manifestBytes.digest, layers: documents.layerIDs,
          added: .now()))
    }
  }

  func record(_ documents: FetchedDocuments) async throws -> Bool {
    let name = reference.digest == nil ? reference : reference.canonical(documents.named.digest)
    return try await fetcher.pool.run { [store = fetcher.store] () throws(WherryError) in
      let known = try store.images.name(name.description)
      let record = ImageRecord(
        id: documents.id, manifest: documents.manifestBytes.digest, layers: documents.layerIDs, added: .now())
      let old = try store.images.record(documents.id)
      if known?.image == documents.id, known?.digest == documents.named.digest, old?.layers == record.layers,
        old?.manifest == record.manifest, try Self.areWhole(documents, in: store)
      {
        return false
      }
      try store.images.putBlob(documents.configurationBytes, documents.id)
      try store.images.putBlob(documents.manifestBytes.bytes, documents.manifestBytes.digest)
      try store.images.putBlob(documents.named.bytes, documents.named.digest)
      try store.images.put(record)
      // An image that was removed meanwhile may have taken layers with it.
      for layer in documents.layerIDs where try !store.layers.contains(layer) {
        throw WherryError(
          .conflict, "layer \(layer.short) of \(reference.familiar) was removed during the pull",
          hint: "pull it again")
      }
      try store.images.setName(
        ImageName(reference: name.description, image: documents.id, digest: documents.named.digest))
      return true
    }
  }

  /// Whether the documents that are here already are what they should be; what is damaged is written again.
  private static func areWhole(_ documents: FetchedDocuments, in store: Store) throws(WherryError) -> Bool {
    for digest in [documents.id, documents.manifestBytes.digest, documents.named.digest] {
      do throws(WherryError) {
        guard try store.images.blob(digest) != nil else { return false }
      } catch {
        guard error.code == .dataLoss else { throw error }
        return false
      }
    }
    return true
  }

  private func report(
    _ layer: Descriptor, _ phase: PullPhase, current: UInt64? = nil, message: String? = nil
  ) {
    progress(
      PullProgress(
        layer: layer.digest.description, phase: phase, current: current, total: layer.size, message: message))
  }

  private func unexpected(_ what: String) -> WherryError { Self.unexpected(what) }

  static func unexpected(_ what: String) -> WherryError {
    WherryError(.protocolViolation, "fetch worker sent \(what) out of turn")
  }
}
