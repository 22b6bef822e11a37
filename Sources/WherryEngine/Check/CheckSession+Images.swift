import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Records of images, their names, and the documents they stand on.
extension CheckSession {
  private enum ImageProblem: Sendable {
    case record(hex: String, WherryError)
    case name(file: String, WherryError)
    /// A name without its image.
    case nameless(ImageName)
    /// A document that is damaged or missing.
    case document(Digest, of: ImageRecord, isMissing: Bool)
    case unknown(path: String, WherryError)
  }

  private struct ImageScan: Sendable {
    var records: UInt64 = 0
    var images: [Digest: ImageRecord] = [:]
    var names: [ImageName] = []
    var problems: [ImageProblem] = []
    var unneeded: [Digest] = []
  }

  mutating func checkImages() async throws {
    // Not beside naming and removing, so that no name is seen without its image.
    let found = try await context.images.naming { [self] in try await look { try scanImages() } }
    result.records += found.records
    images = found.images
    names = found.names
    for problem in found.problems { try await report(problem) }
    guard !context.images.isFetching else { return }
    for digest in found.unneeded {
      try await report(
        .leftover(
          "blob", "\(digest)", "no image has this document", remedy: "it takes little room and does no harm"))
    }
  }

  /// Names before records before documents: the other way round than a pull writes them.
  private func scanImages() throws -> ImageScan {
    var found = ImageScan()
    for file in try scan.names(state.imageNames) {
      found.records += 1
      switch scan.imageName(file) {
      case .whole(let name): found.names.append(name)
      case .absent: break
      case .damaged(let error): found.problems.append(.name(file: file, error))
      case .unknown(let error):
        found.problems.append(.unknown(path: "\(state.imageNames)/\(file).cbor", error))
      }
    }
    for hex in try scan.names(state.imageRecords) {
      found.records += 1
      switch scan.imageRecord(hex) {
      case .whole(let record): found.images[record.id] = record
      case .absent: break
      case .damaged(let error): found.problems.append(.record(hex: hex, error))
      case .unknown(let error):
        found.problems.append(.unknown(path: "\(state.imageRecords)/\(hex).cbor", error))
      }
    }
    let damagedRecords = Set(
      found.problems.compactMap { if case .record(let hex, _) = $0 { hex } else { nil } })
    for name in found.names where found.images[name.image] == nil && !damagedRecords.contains(name.image.hex)
    {
      found.problems.append(.nameless(name))
    }
    var needed: Set<Digest> = []
    for record in found.images.values.sorted(by: { $0.id.hex < $1.id.hex }) {
      let named = found.names.filter { $0.image == record.id }.map(\.digest)
      for digest in [record.id, record.manifest] + named where needed.insert(digest).inserted {
        switch scan.blob(digest) {
        case .whole: break
        case .absent: found.problems.append(.document(digest, of: record, isMissing: true))
        case .damaged: found.problems.append(.document(digest, of: record, isMissing: false))
        case .unknown(let error): found.problems.append(.unknown(path: "\(digest)", error))
        }
      }
    }
    for name in found.names { needed.insert(name.digest) }
    if damagedRecords.isEmpty { found.unneeded = try scan.blobs().filter { !needed.contains($0) } }
    return found
  }

  private mutating func report(_ problem: ImageProblem) async throws {
    let hint = CheckFinding.repairHint
    switch problem {
    case .unknown(let path, let error):
      try await report(.note("image", path, error.message, remedy: error.hint))
    case .record(let hex, let error):
      try await report(
        .damaged("image", String(hex.prefix(12)), "its record is damaged: \(error.message)", remedy: hint)
      ) { try await $0.repairRecord(hex) }
    case .nameless(let name):
      try await report(
        .missing(
          "image", name.reference, "the image \(name.image.short) of this name is missing", remedy: hint)
      ) { try await $0.repairRecord(name.image.hex) }
    case .name(let file, let error):
      try await report(
        .damaged(
          "name", String(file.prefix(12)), "the record of a name is damaged: \(error.message)", remedy: hint)
      ) { try await $0.repairName(file) }
    case .document(let digest, let record, let isMissing):
      let name = names.first { $0.image == record.id }?.reference ?? record.id.short
      let finding: CheckFinding =
        isMissing
        ? .missing("blob", "\(digest)", "a document of image \(name) is missing", remedy: hint)
        : .damaged("blob", "\(digest)", "a document of image \(name) is damaged", remedy: hint)
      try await report(finding) { session in
        if session.scan.blob(digest).value != nil { return .repaired(movedTo: nil) }
        let outcome = try await session.pullAgain(record.id)
        guard case .repaired = outcome, session.scan.blob(digest).value == nil else { return outcome }
        return .kept("the registry has the image and not this document of it", hint: "pull the image again")
      }
    }
  }

  /// Makes an image's record of its documents, where they are whole; else pulls it.
  private mutating func repairRecord(_ hex: String) async throws -> RepairOutcome {
    guard let id = Digest(sha256Hex: hex) else { return .kept("it is no image's record", hint: nil) }
    let made = try await look { [scan] in try Self.record(of: id, scan) }
    guard let made else { return try await pullAgain(id) }
    try await context.pool.run { [store = context.store] () throws(WherryError) in try store.images.put(made)
    }
    images[id] = made
    return .repaired(movedTo: nil)
  }

  /// Blocks.
  private static func record(of id: Digest, _ scan: StoreScan) throws -> ImageRecord? {
    guard let bytes = scan.blob(id).value else { return nil }
    let configuration = try ImageConfiguration(json: bytes)
    for digest in try scan.blobs() {
      guard let bytes = scan.blob(digest).value else { continue }
      do {
        let manifest = try Manifest(json: bytes)
        guard manifest.configuration.digest == id, manifest.layers.count == configuration.diffIDs.count else {
          continue
        }
        return ImageRecord(id: id, manifest: digest, layers: configuration.layerIDs, added: .now())
      } catch {
        // An index or a configuration: not what is looked for.
        continue
      }
    }
    return nil
  }
}

extension Digest {
  /// From the name of a record's file.
  init?(sha256Hex hex: String) {
    do { try self.init("sha256:\(hex)") } catch { return nil }
  }
}
