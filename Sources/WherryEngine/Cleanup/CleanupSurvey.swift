import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Gathers the facts that clean-up decides by. Everything is read as it is on disk: what cannot be read is evidence that is
/// missing, and no image goes on a guess.
struct CleanupSurvey: Sendable {
  let context: EngineContext

  private var scan: StoreScan { StoreScan(context.store) }

  func facts() async throws -> CleanupFacts {
    let (context, now) = (context, Timestamp.now())
    var facts = try await context.pool.run { [self] in
      var facts = CleanupFacts(now: now)
      try addImages(&facts)
      try addLayers(&facts)
      try addLeftovers(&facts)
      let disk = try FileSystemUsage(of: context.store.state.path)
      (facts.totalBytes, facts.freeBytes) = (disk.totalBytes, disk.freeBytes)
      return facts
    }
    var aside: [CleanupFacts.Leftover] = []
    for var thing in facts.aside {
      // It may be what a container runs on, which was there before what is in its place.
      if thing.isReplaced, case .layer(let id) = AsideOrigin(thing.name) {
        thing.isInUse = try await !context.mountedUsers(of: id).isEmpty
      }
      aside.append(thing)
    }
    facts.aside = aside
    return facts
  }

  private func addImages(_ facts: inout CleanupFacts) throws {
    let state = context.store.state
    // One that could not be read when the daemon started, as after a downgrade, needs its image all the same.
    let known = Set(context.table.entries.map(\.id))
    for folder in try Files.list(state.containers) {
      guard let id = ContainerID(checking: folder), !known.contains(id) else { continue }
      facts.missing.append("container \(id.short) is on disk, and which image it needs is not known")
    }
    var names: [Digest: [Reference]] = [:]
    for file in try scan.names(state.imageNames) {
      switch scan.imageName(file) {
      case .whole(let name):
        names[name.image, default: []].append(try Reference(name.reference, defaultTag: nil))
      case .absent: break
      case .damaged, .unknown: facts.missing.append("the record of an image's name cannot be read")
      }
    }
    var repositories: [String: Set<String>] = [:]
    for entry in context.table.entries {
      if let name = Images.repository(entry.record.image) {
        repositories[entry.record.imageID, default: []].insert(name)
      }
    }
    for hex in try scan.names(state.imageRecords) {
      guard case .whole(let record) = scan.imageRecord(hex) else {
        facts.missing.append("the record of an image cannot be read")
        continue
      }
      var known = ImageUse(id: record.id)
      do throws(WherryError) { known = try context.store.uses.find(record.id) ?? known } catch {
        // Somebody may have pinned it.
        known.isPinned = true
      }
      let own = names[record.id] ?? []
      let text = record.id.description
      facts.images.append(
        CleanupFacts.Image(
          id: record.id, name: own.first?.familiar ?? known.repositories.first ?? record.id.short,
          repositories: Set(own.map(\.name) + known.repositories).union(repositories[text] ?? []),
          lastUsed: known.lastUsed, isFormer: !known.repositories.isEmpty, added: record.added,
          isInUse: context.table.userCount(of: text) > 0, isPinned: known.isPinned, layers: record.layers))
    }
  }

  private func addLayers(_ facts: inout CleanupFacts) throws {
    facts.neededLayers = context.table.layersInUse
    for layer in Set(facts.images.flatMap(\.layers)) {
      if let record = scan.layerRecord(layer).value { facts.sizes[layer] = record.size }
    }
  }

  private func addLeftovers(_ facts: inout CleanupFacts) throws {
    let (state, store) = (context.store.state, context.store)
    for entry in try store.partials.list() {
      facts.downloads.append(
        .init(name: entry.digest.description, since: Timestamp(entry.modified), size: entry.size))
    }
    for name in try scan.list(state.staging) where name != PartialBlobs.folderName {
      let path = "\(state.staging)/\(name)"
      guard let status = try Files.statusIfPresent(path) else { continue }
      facts.staging.append(
        .init(
          name: name, since: Timestamp(max(status.modified, status.changed)),
          size: try TreeSize.ifPresent(path)?.allocated ?? 0))
    }
    for name in try scan.list(state.damaged) {
      let path = "\(state.damaged)/\(name)"
      guard let status = try Files.statusIfPresent(path) else { continue }
      let origin = AsideOrigin(name)
      if origin == .container {
        facts.missing.append("\(name) was set aside: nobody knows which image that container needs")
      }
      let size =
        status.kind == .directory
        ? try TreeSize.ifPresent(path)?.allocated ?? 0 : UInt64(clamping: status.allocated)
      facts.aside.append(
        .init(
          name: name, since: Timestamp(status.changed), size: size, isReplaced: isReplaced(origin)))
    }
  }

  /// Whether something whole is where the thing was.
  private func isReplaced(_ origin: AsideOrigin) -> Bool {
    switch origin {
    case .replaced(let layer), .layer(let layer): scan.layerRecord(layer).value != nil
    case .imageRecord(let hex): scan.imageRecord(hex).value != nil
    case .imageName(let file): scan.imageName(file).value != nil
    case .extra, .container, .unknown: false
    }
  }
}
