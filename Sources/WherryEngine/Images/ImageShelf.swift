import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// The images on disk, as the engine knows them. What cannot be read is reported and passed over.
struct ImageShelf: Sendable {
  let store: Store
  let pool: BlockingPool
  let report: @Sendable (String) -> Void

  func images() async throws -> [Image] {
    try await pool.run { [self] in
      let names = try store.images.allNames()
      let sizes = Dictionary(
        try store.layers.allRecords().map { ($0.id, $0.size) }, uniquingKeysWith: { first, _ in first })
      let pinned = try store.uses.pinned()
      return try store.images.allRecords().compactMap { record in
        var found = try image(record, names: names.filter { $0.image == record.id }) { sizes[$0] ?? 0 }
        found?.isPinned = pinned.contains(record.id)
        return found
      }
    }
  }

  var count: Int {
    get async throws { try await pool.run { [store] in try store.images.allRecords().count } }
  }

  /// The image of exactly this tag, without looking at the others.
  func image(named reference: Reference) async throws -> Image? {
    guard reference.digest == nil else { return nil }
    return try await pool.run { [self] in
      guard let name = try store.images.name(reference.description),
        let record = try store.images.record(name.image)
      else { return nil }
      return try image(record, names: [name]) { try store.layers.record($0)?.size ?? 0 }
    }
  }

  /// The image that has this tag. Sets nothing aside.
  func holder(of reference: Reference) async throws -> Digest? {
    guard reference.digest == nil else { return nil }
    return await pool.run { [store] in StoreScan(store).imageName(of: reference.description).value?.image }
  }

  /// Blocks. Nil where its configuration cannot be read.
  private func image(
    _ record: ImageRecord, names: [ImageName], size: (Digest) throws -> UInt64
  ) throws -> Image? {
    let configuration: ImageConfiguration
    do {
      guard let bytes = try store.images.blob(record.id) else {
        throw WherryError(.dataLoss, "its configuration is missing")
      }
      configuration = try ImageConfiguration(json: bytes)
    } catch {
      report("image \(record.id.short) cannot be read: \(error), ignoring; pull it again")
      return nil
    }
    var references: [Reference] = []
    var digests: [Reference] = []
    for name in names {
      let reference = try Reference(name.reference, defaultTag: nil)
      if reference.digest == nil { references.append(reference) }
      let canonical = reference.canonical(name.digest)
      if !digests.contains(canonical) { digests.append(canonical) }
    }
    var total: UInt64 = 0
    for layer in record.layers { total = total &+ (try size(layer)) }
    return Image(
      id: record.id, configuration: configuration, references: references, digests: digests,
      layers: record.layers, added: record.added, size: total)
  }

  func name(_ reference: Reference, image: Digest, manifest: Digest) async throws {
    try await pool.run { [store] in
      try store.images.setName(ImageName(reference: reference.description, image: image, digest: manifest))
    }
  }

  /// The same manifest as the image's own.
  func name(_ reference: Reference, image: Digest) async throws {
    try await pool.run { [store] in
      guard let record = try store.images.record(image) else {
        throw WherryError(.notFound, "image \(image.short) is not here any more")
      }
      try store.images.setName(
        ImageName(reference: reference.description, image: image, digest: record.manifest))
    }
  }

  /// Bytes of all layers, by ID.
  func sizes() async throws -> [Digest: UInt64] {
    try await pool.run { [store] in
      Dictionary(
        try store.layers.allRecords().map { ($0.id, $0.size) }, uniquingKeysWith: { first, _ in first })
    }
  }

  func sizes(of layers: [Digest]) async throws -> [UInt64] {
    try await pool.run { [store] in try layers.map { try store.layers.record($0)?.size ?? 0 } }
  }

  /// What interrupted downloads left, older than `before`.
  func partialBytes(removing: Bool, before: Timestamp?) async throws -> UInt64 {
    try await pool.run { [store] in
      var total: UInt64 = 0
      for entry in try store.partials.list() {
        if let before, Timestamp(entry.modified) >= before { continue }
        total = total &+ entry.size
        if removing { try store.partials.remove(entry.digest) }
      }
      return total
    }
  }

  /// A digest that follows from a tag goes with its tag: then there is nothing to remove.
  func unname(_ reference: Reference) async throws {
    _ = try await pool.run { [store] in try store.images.removeName(reference.description) }
  }

  /// The record first, then what only it needed. Layers stay that `needed` or another image stands on.
  /// Returns the layers that went.
  func delete(_ image: Image, needed: Set<Digest>) async throws -> [Digest] {
    try await pool.run { [store] in
      let manifest = try store.images.record(image.id)?.manifest
      try store.images.removeRecord(image.id)
      let others = try store.images.allRecords()
      let blobsInUse = Set(
        others.flatMap { [$0.id, $0.manifest] } + (try store.images.allNames().map(\.digest)))
      let blobs = Set([image.id] + [manifest].compactMap(\.self) + image.digests.compactMap(\.digest))
      for blob in blobs.subtracting(blobsInUse) { try store.images.removeBlob(blob) }
      try store.uses.remove(image.id)
      return try Self.deleteLayers(image.layers, needed: needed, store: store)
    }
  }

  func exists(_ id: Digest) async throws -> Bool {
    try await pool.run { [store] in try store.images.record(id) != nil }
  }

  func deleteLayers(_ layers: [Digest], needed: Set<Digest>) async throws -> [Digest] {
    try await pool.run { [store] in try Self.deleteLayers(layers, needed: needed, store: store) }
  }

  /// Highest first, so that no layer is left without those below it. Blocks.
  private static func deleteLayers(
    _ layers: [Digest], needed: Set<Digest>, store: Store
  ) throws(WherryError) -> [Digest] {
    let inUse = needed.union(try store.images.allRecords().flatMap(\.layers))
    var removed: [Digest] = []
    for layer in layers.reversed() where !inUse.contains(layer) {
      guard try store.layers.contains(layer) else { continue }
      try store.layers.remove(layer)
      removed.append(layer)
    }
    return removed
  }
}
