import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Layers: their records, what is kept beside their trees, and every file.
extension CheckSession {
  /// How many damaged files of a layer are remembered for its repair; where there are more, it is made again wholly.
  static let maximumRemembered = 1024

  private enum LayerState: Sendable {
    case gone
    case unknown(WherryError)
    /// Why nothing in it can be relied on.
    case wreck(String)
    case unlisted(LayerRecord)
    case listed(LayerRecord, damagedBeside: [String])
  }

  mutating func checkLayers() async throws {
    let entries = try await look { [scan, state] in try scan.list(state.layers) }
    var seen: Set<Digest> = []
    for entry in entries {
      guard entry.utf8.count == 64, let id = Digest(sha256Hex: entry) else {
        try await report(
          .leftover(
            "layer", entry, path: "\(state.layers)/\(entry)", "it is no layer",
            remedy: "look at it, and remove it"))
        continue
      }
      seen.insert(id)
    }
    let users = images.values.sorted { $0.id.hex < $1.id.hex }
    let depths = depths()
    // What lies below comes first: a repair unpacks over it.
    let all = seen.union(users.flatMap(\.layers))
      .sorted { (depths[$0] ?? .max, $0.hex) < (depths[$1] ?? .max, $1.hex) }
    for id in all {
      if seen.contains(id) {
        result.layers += 1
        try await checkLayer(id)
      } else if let image = users.first(where: { $0.layers.contains(id) }) {
        // A pull or a removal that ended meanwhile.
        if scan.layerRecord(id).value != nil || scan.imageRecord(image.id.hex).value == nil { continue }
        result.layers += 1
        try await report(
          .missing(
            "layer", id.short, "the layer of image \(name(of: image)) is missing",
            remedy: CheckFinding.repairHint), of: id
        ) { try await $0.rebuild(id) }
      }
    }
    guard !context.images.isFetching else { return }
    let needed = Set(users.flatMap(\.layers)).union(context.table.layersInUse)
    for layer in seen.subtracting(needed).sorted(by: { $0.hex < $1.hex })
    where scan.layerRecord(layer).value != nil {
      try await report(
        .leftover(
          "layer", layer.short, path: context.store.layers.folder(layer),
          "no image and no container needs it",
          remedy: "it takes room and does no harm"))
    }
  }

  /// How many layers lie below each, as images and containers say. A layer's ID stands for those below it too, so that is
  /// one number.
  private func depths() -> [Digest: Int] {
    var depths: [Digest: Int] = [:]
    let stacks =
      images.values.map(\.layers)
      + context.table.entries.map { $0.record.layers.compactMap { Digest(checking: $0) } }
    for stack in stacks {
      for (depth, layer) in stack.enumerated() { depths[layer] = depth }
    }
    return depths
  }

  /// As `report`, of a layer: one that is not repaired is remembered.
  private mutating func report(
    _ finding: CheckFinding, of layer: Digest, repair: (inout CheckSession) async throws -> RepairOutcome
  ) async throws {
    try await report(finding) { session in
      session.damagedLayers.insert(layer)
      let outcome = try await repair(&session)
      if case .repaired = outcome { session.damagedLayers.remove(layer) }
      return outcome
    }
  }

  func name(of image: ImageRecord) -> String {
    names.first { $0.image == image.id }?.reference ?? image.id.short
  }

  private mutating func checkLayer(_ id: Digest) async throws {
    let folder = context.store.layers.folder(id)
    let before = try await look { try Files.statusIfPresent(folder)?.inode }
    guard let state = try await look(at: id, before, { [self] in try inspect(id) }) else { return }
    switch state {
    case .gone: break
    case .unknown(let error):
      try await report(.note("layer", id.short, path: folder, error.message, remedy: error.hint))
    case .wreck(let why):
      try await report(
        .damaged("layer", id.short, path: folder, why, remedy: CheckFinding.repairHint), of: id
      ) { try await $0.rebuild(id) }
    case .unlisted:
      result.records += 1
      result.unlisted += 1
      try await report(
        .note(
          "layer", id.short,
          "an older Wherry committed it without digests of its files: only its structure was checked",
          remedy: "remove its image and pull it again to have them"))
    case .listed(let record, let beside):
      result.records += 1
      try await checkFiles(record, beside, before)
    }
  }

  /// What `body` says of a layer whose folder had `inode`; nil where that is gone, because its image was removed, and where
  /// it cannot be looked at, which is told.
  private mutating func look<Value: Sendable>(
    at id: Digest, _ inode: UInt64?, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value? {
    do { return try await look(body) } catch let error as CancellationError { throw error } catch {
      try Task.checkCancellation()
      guard try await isThere(id, inode) else { return nil }
      let error = WherryError.wrapping(error)
      try await report(
        .note(
          "layer", id.short, path: context.store.layers.folder(id),
          "it could not be looked at: \(error.message)", remedy: error.hint))
      return nil
    }
  }

  /// A layer that is being removed is out of its place before the first of its files goes.
  private func isThere(_ id: Digest, _ inode: UInt64?) async throws -> Bool {
    let folder = context.store.layers.folder(id)
    return try await look { try Files.statusIfPresent(folder)?.inode } == inode
  }

  /// Blocks.
  private func inspect(_ id: Digest) throws -> LayerState {
    let folder = context.store.layers.folder(id)
    guard try Files.statusIfPresent(folder)?.kind == .directory else {
      return try Files.statusIfPresent(folder) == nil ? .gone : .wreck("something else is in its place")
    }
    switch scan.layerRecord(id) {
    case .absent: return try Files.exists(folder) ? .wreck("its commit record is missing") : .gone
    case .damaged(let error): return .wreck("its commit record is damaged: \(error.message)")
    case .unknown(let error): return .unknown(error)
    case .whole(let record):
      guard try Files.statusIfPresent(folder + "/tree")?.kind == .directory else {
        return try Files.exists(folder) ? .wreck("its files are missing") : .gone
      }
      guard record.files != nil else { return .unlisted(record) }
      let beside = try scan.damagedBeside(record)
      if beside.contains(FileList.fileName) {
        return try Files.exists(folder) ? .wreck("the list of its files is damaged") : .gone
      }
      return .listed(record, damagedBeside: beside)
    }
  }

  /// `inode` is that of the layer's folder.
  mutating func checkFiles(_ record: LayerRecord, _ beside: [String], _ inode: UInt64?) async throws {
    let (id, folder) = (record.id, context.store.layers.folder(record.id))
    let isQuick = isQuick
    var found = LayerFindings(beside: beside)
    let made = try await look(at: id, inode) {
      try LayerCheck(folder: folder, what: "layer \(id.short)", readsContent: !isQuick)
    }
    guard let check = made else { return }
    loop: while true {
      let findings: [FileFinding]
      do {
        guard let more = try await look({ try check.step() }) else { break loop }
        findings = more
      } catch let error as WherryError where error.code == .dataLoss {
        // Nobody knows what the rest of it should be; the other layers are looked at all the same.
        guard try await isThere(id, inode) else { return }
        found.isListDamaged = true
        break loop
      }
      guard !findings.isEmpty else { continue }
      guard try await isThere(id, inode) else { return }
      found.count += findings.count
      if isRepair {
        found.remembered += findings.prefix(max(0, Self.maximumRemembered + 1 - found.remembered.count))
      } else {
        for finding in findings { try await report(self.finding(id, finding)) }
      }
    }
    result.files += check.fileCount
    result.bytes += check.byteCount
    if isRepair { try await repair(record, found) } else { try await tell(id, found, nil) }
  }

  /// What is wrong with one layer.
  struct LayerFindings {
    /// Files kept beside the tree.
    var beside: [String]
    var isListDamaged = false
    /// Files in the tree; of very many only the first.
    var count = 0
    var remembered: [FileFinding] = []
  }

  private mutating func repair(_ record: LayerRecord, _ found: LayerFindings) async throws {
    guard found.count > 0 || found.isListDamaged || !found.beside.isEmpty else { return }
    let id = record.id
    damagedLayers.insert(id)
    var mended = Mended(results: found.remembered.map { _ in .open })
    // What lies beside the tree comes with the whole layer only, and so does the tree then.
    let isWhole = found.isListDamaged || !found.beside.isEmpty || found.count > Self.maximumRemembered
    if !isWhole {
      let outcome = try await attempt { session in
        mended = try await session.mend(record, found.remembered)
        return .repaired(movedTo: nil)
      }
      if mended.failure == nil, case .kept(let why, let hint) = outcome {
        mended.failure = WherryError(.internal, why, hint: hint)
      }
    }
    let isDone = mended.results.allSatisfy { if case .fixed = $0 { true } else { false } }
    var rest = RepairOutcome.repaired(movedTo: nil)
    if let failure = mended.failure {
      rest = .kept(failure.message, hint: failure.hint)
    } else if isWhole || !isDone {
      rest = try await attempt { try await $0.rebuild(id) }
    }
    if case .repaired = rest { damagedLayers.remove(id) }
    try await tell(id, found, mended.results, rest)
  }

  private mutating func tell(
    _ id: Digest, _ found: LayerFindings, _ results: [FileMend.Result], _ rest: RepairOutcome
  ) async throws {
    for (finding, result) in zip(found.remembered.prefix(Self.maximumRemembered), results) {
      let told = self.finding(id, finding)
      switch (result, rest) {
      case (.fixed(let movedTo), _): try await report(told.after(.repaired(movedTo: movedTo)))
      // Why this one could not be mended says more than why the whole layer was not to be had.
      case (.failed(let error), .kept): try await report(told.after(.kept(error.message, hint: error.hint)))
      case (.failed, .repaired), (.open, _): try await report(told.after(rest))
      }
    }
    try await tell(id, found, rest)
    guard found.count > Self.maximumRemembered else { return }
    let untold = UInt64(found.count - Self.maximumRemembered)
    result.damage += untold
    if case .repaired = rest { result.repaired += untold }
  }

  /// What is damaged beside the tree, and what has become of it where a repair was tried.
  private mutating func tell(_ id: Digest, _ found: LayerFindings, _ outcome: RepairOutcome?) async throws {
    let folder = context.store.layers.folder(id)
    var wrong = found.beside.map { ($0, "what is kept beside its files is damaged") }
    if found.isListDamaged { wrong.append((FileList.fileName, "the list of its files is damaged")) }
    for (name, problem) in wrong {
      let told = CheckFinding.damaged(
        "layer", id.short, path: "\(folder)/\(name)", problem, remedy: CheckFinding.repairHint)
      try await report(outcome.map { told.after($0) } ?? told)
    }
  }

  func finding(_ id: Digest, _ file: FileFinding) -> CheckFinding {
    let path = Printable.text(file.name, limit: 4096)
    let hint = CheckFinding.repairHint
    if case .missing = file.problem {
      return .missing("layer", id.short, path: path, "missing", remedy: hint)
    }
    return .damaged("layer", id.short, path: path, file.text, remedy: hint)
  }
}

extension FileFinding {
  /// What is wrong, in a few words.
  var text: String {
    switch problem {
    case .missing: "missing"
    case .extra: "the layer has no such file"
    case .kind: "it is another kind of file"
    case .size(let found): "\(found) bytes where there were \(listed?.size ?? 0)"
    case .permissions(let found):
      "mode \(String(found, radix: 8)) where it was \(String(listed?.permissions ?? 0, radix: 8))"
    case .owner(let user, let group):
      "owner \(user):\(group) where it was \(listed?.userID ?? 0):\(listed?.groupID ?? 0)"
    case .target: "it leads elsewhere"
    case .content: "its content has changed"
    case .unreadable(let reason): "it cannot be read: \(reason)"
    }
  }
}
