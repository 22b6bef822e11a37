import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Layers made whole again: file by file where nobody has the layer mounted, else as a new layer in the old one's place.
extension CheckSession {
  /// How many blobs are asked for that hold the same layer.
  private static let maximumSources = 8

  /// Where the layer stands in images whose documents are whole, and under which names those may be had: one for each
  /// blob that holds it, those of the images' own names first. Not empty.
  private func sources(of id: Digest, paths: [[UInt8]]?) async throws -> [LayerRefetch] {
    var found: [LayerRefetch] = []
    var blobs: Set<Digest> = []
    var hasDocuments = false
    for image in images.values.sorted(by: { $0.id.hex < $1.id.hex }) {
      guard let position = image.layers.firstIndex(of: id) else { continue }
      let documents = try await look { [scan] in (scan.blob(image.manifest).value, scan.blob(image.id).value)
      }
      guard let manifest = documents.0, let configuration = documents.1 else { continue }
      hasDocuments = true
      let references = try references(of: image, orOfOthersWith: id)
      guard !references.isEmpty, let blob = Self.blob(manifest, position), blobs.insert(blob).inserted else {
        continue
      }
      found.append(
        LayerRefetch(
          id: id, manifest: manifest, configuration: configuration, position: position, layers: image.layers,
          names: references, paths: paths))
      if found.count == Self.maximumSources { break }
    }
    if !found.isEmpty { return found }
    guard hasDocuments else {
      throw WherryError(
        .failedPrecondition, "no image with whole documents has this layer",
        hint: "pull or load the image of its containers again")
    }
    if let failure = unreachable.values.first { throw failure }
    throw WherryError(
      .failedPrecondition, "its image has no name a registry would know it by",
      hint: "pull, load or build the image again")
  }

  /// Its own names first: another image may have the layer in another blob, or on this device only.
  private func references(of image: ImageRecord, orOfOthersWith layer: Digest) throws -> [Reference] {
    var references: [Reference] = []
    let others = images.values.filter { $0.id != image.id && $0.layers.contains(layer) }
    for other in [image] + others.sorted(by: { $0.id.hex < $1.id.hex }) {
      for name in names where name.image == other.id {
        let reference = try Reference(name.reference, defaultTag: nil)
        guard unreachable[reference.domain] == nil, !references.contains(where: { $0.name == reference.name })
        else { continue }
        references.append(reference)
      }
    }
    return references
  }

  private static func blob(_ manifest: [UInt8], _ position: Int) -> Digest? {
    do { return try Manifest(json: manifest).layers.dropFirst(position).first?.digest } catch { return nil }
  }

  /// What is unpacked over a damaged layer could take its damage on.
  private func requireWholeBelow(_ layer: LayerRefetch) throws(WherryError) {
    guard let below = layer.layers.prefix(layer.position).first(where: { damagedLayers.contains($0) }) else {
      return
    }
    throw WherryError(
      .failedPrecondition, "layer \(below.short), on which it lies, is damaged",
      hint: "repair that one first")
  }

  private mutating func refetch(
    _ id: Digest, paths: [[UInt8]]?, _ install: @escaping @Sendable (RefetchedLayer) async throws -> Void
  ) async throws {
    var last: WherryError?
    for source in try await sources(of: id, paths: paths) {
      try requireWholeBelow(source)
      var layer = source
      layer.names.removeAll { unreachable[$0.domain] != nil }
      if layer.names.isEmpty { continue }
      let hasCome = ResultCell<Bool>()
      do {
        try await context.images.fetcher.refetch(layer) { staged in
          hasCome.set(true)
          try await install(staged)
        }
        result.fetched += 1
        return
      } catch {
        try Task.checkCancellation()
        let failure = WherryError.wrapping(error)
        for name in layer.names { _ = note(failure, of: name) }
        let told = WherryError(
          failure.code, failure.message,
          hint: failure.hint
            ?? "try again when \(layer.names.first?.domain ?? "the registry") can be reached",
          cause: failure)
        // No other blob would be put in its place either.
        if hasCome.value ?? false { throw told }
        last = last ?? told
      }
    }
    throw last ?? unreachable.values.first ?? WherryError(.unavailable, "no registry answers")
  }

  /// The whole layer, in the place of what there is of it. What was there is set aside: containers that run on it keep it
  /// until they start again.
  mutating func rebuild(_ id: Digest) async throws -> RepairOutcome {
    let (store, pool) = (context.store, context.pool)
    let aside = ResultCell<String>()
    try await refetch(id, paths: nil) { staged in
      let moved = try await pool.run { () throws(WherryError) in
        try store.layers.replace(
          staged: staged.folder, staged.record, opaqueFolders: staged.opaqueFolders)
      }
      aside.set(moved)
    }
    let users = try await context.mountedUsers(of: id)
    return .repaired(
      movedTo: aside.value,
      hint: users.isEmpty
        ? nil
        : "what runs on it has the old files until it starts again: "
          + users.sorted().map { "wherry stop \($0); wherry start \($0)" }.joined(separator: "; "))
  }

  struct Mended: Sendable {
    /// One for each finding; what is open needs more than a file.
    var results: [FileMend.Result]
    /// Why content could not be had.
    var failure: WherryError?
  }

  /// File by file, where nobody has the layer mounted; else only what an overlay above does not see.
  mutating func mend(_ record: LayerRecord, _ findings: [FileFinding]) async throws -> Mended {
    let context = context
    let begun = FileMend(store: context.store, record: record, findings: findings)
    guard begun.isPossible else { return Mended(results: begun.results) }
    let (mend, isMounted) = try await context.changing(record.id) { isMounted in
      try await context.pool.run { () throws(WherryError) in
        var mend = begun
        try mend.fixInPlace(isMounted: isMounted)
        return (mend, isMounted)
      }
    }
    guard !isMounted, !mend.wanted.isEmpty else { return Mended(results: mend.results) }
    let done = ResultCell<FileMend>()
    do {
      try await refetch(record.id, paths: mend.wanted) { staged in
        let tree = staged.folder + "/tree"
        // Reads and syncs: starts of containers do not wait for it.
        let verified = try await context.pool.run { () throws(WherryError) in
          var mend = mend
          try mend.verify(tree)
          return mend
        }
        done.set(
          try await context.changing(record.id) { isMounted in
            if isMounted { return verified }
            return try await context.pool.run { () throws(WherryError) in
              var mend = verified
              try mend.install(from: tree)
              return mend
            }
          })
      }
    } catch {
      try Task.checkCancellation()
      return Mended(results: mend.results, failure: WherryError.wrapping(error))
    }
    return Mended(results: done.value?.results ?? mend.results)
  }

}

extension EngineContext {
  /// Runs `change` while no root is being mounted; it is told whether one is over this layer.
  func changing<Value: Sendable>(
    _ layer: Digest, _ change: (_ isMounted: Bool) async throws -> Value
  ) async throws -> Value {
    try await layerGate.changing { try await change(try await !mountedUsers(of: layer).isEmpty) }
  }

  /// The containers whose roots are mounted over this layer; those nobody knows are taken for such.
  func mountedUsers(of layer: Digest) async throws -> [String] {
    let (roots, run, text) = (roots, run, layer.description)
    let known = Dictionary(table.entries.map { ($0.id, $0.record) }, uniquingKeysWith: { first, _ in first })
    return try await pool.run { () throws(WherryError) in
      try WherryError.converting("look for mounts of layer \(layer.short)") { () throws(SystemError) in
        var users: [String] = []
        guard try Files.exists(run.containers) else { return users }
        for entry in try Files.list(run.containers) {
          let id: ContainerID
          do { id = try ContainerID(entry) } catch { continue }
          let record = known[id]
          if let record, !record.layers.contains(text) { continue }
          let root = roots.path(id)
          if try Mount.isMounted(root) { users.append(record?.name ?? id.short) }
        }
        return users
      }
    }
  }
}
