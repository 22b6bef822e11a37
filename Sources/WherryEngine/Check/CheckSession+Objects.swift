import Glibc
import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Containers, networks and volumes: their records, their folders, and what they refer to. A record that the daemon has
/// in memory is written again.
extension CheckSession {
  mutating func checkContainers() async throws {
    let entries = Dictionary(
      context.table.entries.map { ($0.id.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
    let folders = try await look { [scan, state] in try scan.list(state.containers) }
    for folder in folders where !DurableFile.isTemporary(folder) {
      let path = "\(state.containers)/\(folder)"
      guard let id = ContainerID(checking: folder) else {
        try await report(
          .leftover(
            "container", folder, path: path, "it is no container", remedy: "look at it, and remove it"))
        continue
      }
      result.records += 1
      try await checkContainer(id, entries[folder], path)
    }
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) where !folders.contains(id) {
      // One that was created or removed meanwhile.
      let path = "\(state.containers)/\(id)"
      guard context.table.entry(entry.id) === entry, try await look({ try !Files.exists(path) }),
        !isLeaving(entry), context.table.entry(entry.id) === entry
      else { continue }
      try await report(
        .missing(
          "container", entry.record.name, path: path, "its folder is missing, with all it has written",
          remedy: "wherry rm --force \(entry.record.name)"))
    }
  }

  /// Asked after what is missing was seen: a removal begins before the first of its files goes.
  private func isLeaving(_ entry: ContainerEntry?) -> Bool {
    switch entry?.state {
    case .removing, .removed: true
    default: false
    }
  }

  private mutating func checkContainer(_ id: ContainerID, _ entry: ContainerEntry?, _ path: String)
    async throws
  {
    let file = path + "/record.cbor"
    let name = entry?.record.name ?? id.short
    let found = try await look { [scan] in
      scan.record(file) { (payload) throws(WherryError) in try RecordShelf.decode(payload) }
    }
    switch found {
    case .whole(let record): try await checkReferences(of: entry?.record ?? record)
    case .unknown(let error):
      try await report(.note("container", name, path: file, error.message, remedy: error.hint))
    case .absent, .damaged:
      guard try await look({ try Files.exists(path) }), !isLeaving(entry) else { return }
      let finding: CheckFinding
      if case .damaged(let error) = found {
        finding = .damaged(
          "container", name, path: file, "its record is damaged: \(error.message)",
          remedy: CheckFinding.repairHint)
      } else {
        finding = .missing(
          "container", name, path: file, "its record is missing", remedy: CheckFinding.repairHint)
      }
      try await report(finding) { session in
        guard let entry else {
          let moved = try await session.look { [store = session.context.store] in store.setAside(path) }
          guard let moved else { return .kept("it could not be set aside", hint: nil) }
          return .kept(
            "nobody knows it; set aside", hint: "what it had written is in \(moved)/upper")
        }
        let context = session.context
        try await entry.lane.run { try await context.records.write(entry.record, for: id) }
        return .repaired(movedTo: nil)
      }
      if let entry { try await checkReferences(of: entry.record) }
    }
    for (part, mode) in [("upper", UInt32(0o755)), ("work", 0o700)] {
      let folder = "\(path)/\(part)"
      guard try await look({ try Files.statusIfPresent(folder)?.kind != .directory && Files.exists(path) }),
        !isLeaving(entry)
      else { continue }
      let isLost = part == "upper"
      try await report(
        .missing(
          "container", name, path: folder,
          isLost ? "the folder of what it has written is missing" : "a folder of its root is missing",
          remedy: CheckFinding.repairHint)
      ) { session in
        try await session.context.pool.run { () throws(WherryError) in
          try WherryError.converting { () throws(SystemError) in
            if try Files.exists(folder) { throw SystemError(errno: EEXIST, "make folder", folder) }
            try Files.makeDirectories(folder, mode: mode)
            try DurableFile.syncFolder(path)
          }
        }
        return .repaired(
          movedTo: nil, hint: isLost ? "it is empty: what the container had written is lost" : nil)
      }
    }
  }

  private mutating func checkReferences(of record: ContainerRecord) async throws {
    let name = record.name
    if let image = Digest(checking: record.imageID), images[image] == nil {
      try await report(
        .note(
          "container", name, "its image \(Printable.text(record.image)) is gone",
          remedy: "it runs without; wherry pull \(Printable.text(record.image)) brings the image back"))
    }
    let known = Set(images.values.flatMap(\.layers))
    for layer in record.layers.compactMap({ Digest(checking: $0) }) where !known.contains(layer) {
      guard case .absent = scan.layerRecord(layer) else { continue }
      try await report(
        .missing(
          "container", name, "its layer \(layer.short) is missing",
          remedy: "wherry pull \(Printable.text(record.image))"))
    }
    for volume in Set((record.spec.mounts ?? []).filter { $0.kind == .volume }.compactMap(\.source)).sorted()
    where context.volumes.table.find(volume) == nil {
      try await report(
        .missing(
          "container", name, "its volume \(Printable.text(volume)) is missing",
          remedy: "wherry volume create \(Printable.text(volume)), or look into \(state.damaged)"))
    }
    let networks = Set(context.networks.all.map(\.name))
    for endpoint in record.endpoints ?? [] where !networks.contains(endpoint.network) {
      try await report(
        .missing(
          "container", name, "its network \(Printable.text(endpoint.network)) is missing",
          remedy: "wherry network create \(Printable.text(endpoint.network))"))
    }
  }

  mutating func checkNetworks() async throws {
    let known = Dictionary(
      context.networks.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let files = try await look { [scan, state] in try scan.names(state.networks) }
    for name in Set(files).union(known.keys).sorted() {
      result.records += 1
      let path = "\(state.networks)/\(name).cbor"
      let found = try await look { [scan] in
        scan.record(path) { (payload) throws(WherryError) in
          let record: NetworkRecord = try Self.decode(payload)
          guard record.name == name else { throw WherryError(.dataLoss, "it holds another network") }
          return record
        }
      }
      try await checkRecord(
        "network", name, path, found,
        isThere: { context in
          context.networks.all.contains { $0.name == name }
        }
      ) { context in
        context.networks.all.first { $0.name == name }.map { Self.encode($0.record) }
      }
    }
  }

  mutating func checkVolumes() async throws {
    let known = Set(context.volumes.table.records.map(\.name))
    let folders = try await look { [scan, state] in try scan.list(state.volumes) }
    for name in Set(folders).union(known).sorted() where !DurableFile.isTemporary(name) {
      result.records += 1
      let folder = "\(state.volumes)/\(name)"
      let path = folder + "/record.cbor"
      let found = try await look { [scan] in
        scan.record(path) { (payload) throws(WherryError) in
          let record: VolumeRecord = try Self.decode(payload)
          guard record.name == name else { throw WherryError(.dataLoss, "it holds another volume") }
          return record
        }
      }
      try await checkRecord(
        "volume", name, path, found,
        isThere: { context in
          context.volumes.table.find(name) != nil
        }
      ) { context in
        context.volumes.table.find(name).map { Self.encode($0) }
      }
      guard known.contains(name), context.volumes.table.find(name) != nil,
        try await look({ try Files.statusIfPresent(folder + "/data")?.kind != .directory }),
        context.volumes.table.find(name) != nil
      else { continue }
      try await report(
        .missing(
          "volume", name, path: folder + "/data", "what it held is missing",
          remedy: "restore it from a copy: wherry volume import \(Printable.text(name))"))
    }
  }

  /// A record that should be at `path`; `bytes` is what the daemon has of it in memory.
  private mutating func checkRecord<Value: Sendable>(
    _ kind: String, _ name: String, _ path: String, _ found: RecordState<Value>,
    isThere: (EngineContext) -> Bool, _ bytes: @escaping @Sendable (EngineContext) -> [UInt8]?
  ) async throws {
    let finding: CheckFinding
    switch found {
    case .whole: return
    case .unknown(let error):
      return try await report(.note(kind, name, path: path, error.message, remedy: error.hint))
    case .absent:
      // Made or removed meanwhile.
      guard isThere(context), try await look({ try !Files.exists(path) }), isThere(context) else { return }
      finding = .missing(kind, name, path: path, "its record is missing", remedy: CheckFinding.repairHint)
    case .damaged(let error):
      finding = .damaged(
        kind, name, path: path, "its record is damaged: \(error.message)", remedy: CheckFinding.repairHint)
    }
    try await report(finding) { session in
      let context = session.context
      guard let payload = bytes(context) else {
        return .kept(
          "nobody knows what was in it",
          hint: "the daemon's next start sets it aside in \(session.state.damaged)")
      }
      try await context.pool.run { () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in
          try Files.makeDirectories(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)))
        }
        try RecordFile.write(payload, to: path)
      }
      return .repaired(movedTo: nil)
    }
  }

  private static func decode<Record: CBORDecodable>(_ payload: [UInt8]) throws(WherryError) -> Record {
    do {
      var reader = CBORReader(payload)
      let record = try Record(from: &reader)
      try reader.requireEnd()
      return record
    } catch {
      throw WherryError(.dataLoss, "it cannot be read: \(error)", cause: error)
    }
  }

  private static func encode(_ record: some CBOREncodable) -> [UInt8] {
    var writer = CBORWriter()
    record.encode(to: &writer)
    return writer.bytes
  }

  /// What is half-done and forgotten, and what was set aside.
  mutating func checkLeftovers() async throws {
    let (isFetching, path) = (context.images.isFetching, state.staging)
    let oldest = FileTime(Timestamp.now()).seconds - 3600
    let old = try await look { [scan, state] in
      try scan.list(state.staging).filter { name in
        guard name != PartialBlobs.folderName,
          let status = try Files.statusIfPresent("\(state.staging)/\(name)")
        else { return false }
        return status.modified.seconds < oldest
      }
    }
    for name in isFetching ? [] : old {
      try await report(
        .leftover(
          "staging", name, path: "\(path)/\(name)", "it was begun and never finished",
          remedy: "it goes when the daemon starts the next time"))
    }
    let policy = context.settings.cleanup
    for thing in try await CleanupSurvey(context: context).facts().aside {
      let goes = "it goes by itself \(policy.damagedAge.components.seconds / 86_400) days after that"
      try await report(
        .note(
          "aside", thing.name, path: "\(state.damaged)/\(thing.name)",
          "it was found damaged and set aside\(thing.isReplaced ? ", and has been replaced" : "")",
          remedy: thing.isReplaced && policy.isOn
            ? goes : "look at it, and remove it when you do not need it"))
    }
  }
}

extension ContainerID {
  init?(checking text: String) {
    do { try self.init(text) } catch { return nil }
  }
}

extension Digest {
  init?(checking text: String) {
    do { try self.init(text) } catch { return nil }
  }
}
