import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// Images pulled again, and names found again.
extension CheckSession {
  /// By the digest that a name was pulled with, so that no newer image comes; names stay as they are. Only the image that
  /// is asked for counts.
  mutating func pullAgain(_ id: Digest) async throws -> RepairOutcome {
    let known = names.filter { $0.image == id }
    guard !known.isEmpty else {
      return .kept("no registry is known that has it", hint: "pull or load the image again")
    }
    let platform = try await look { [scan] in try Self.platform(of: id, scan) }
    var last: WherryError?
    for name in known {
      let reference = try Reference(name.reference, defaultTag: nil)
      // The index that the name was pulled as; where that leads elsewhere, the image's own manifest.
      let own = images[id]?.manifest
      for digest in [name.digest, own == name.digest ? nil : own].compactMap(\.self) {
        if let failure = unreachable[reference.domain] {
          last = failure
          break
        }
        do {
          if try await pull(reference.canonical(digest), platform, expecting: id) {
            return .repaired(movedTo: nil)
          }
          last = last ?? WherryError(.notFound, "\(reference.familiar) is another image there")
        } catch {
          try Task.checkCancellation()
          last = note(WherryError.wrapping(error), of: reference)
        }
      }
    }
    return .kept(last?.message ?? "no registry has it", hint: "try again when the registry can be reached")
  }

  /// False where another image came.
  private mutating func pull(
    _ canonical: Reference, _ platform: Platform?, expecting id: Digest
  ) async throws -> Bool {
    let wasHere = try await look { [scan] in try Set(scan.names(scan.store.state.imageRecords)) }
    let pulled = try await context.images.pull(canonical.description, platform: platform)
    if !names.contains(where: { $0.reference == canonical.description }) {
      try await context.images.naming { try await context.images.shelf.unname(canonical) }
    }
    guard pulled.id == id else {
      if !wasHere.contains(pulled.id.hex) {
        // Somebody may use it already.
        do { _ = try await context.images.remove(pulled.id.description) { _ in true } } catch {
          try Task.checkCancellation()
        }
      }
      return false
    }
    if let record = scan.imageRecord(id.hex).value { images[id] = record }
    result.fetched += 1
    return true
  }

  /// What the image's configuration says, where it is whole. Blocks.
  private static func platform(of id: Digest, _ scan: StoreScan) throws -> Platform? {
    guard let bytes = scan.blob(id).value else { return nil }
    return try ImageConfiguration(json: bytes).platform
  }

  /// Remembers a registry that cannot be reached.
  mutating func note(_ error: WherryError, of reference: Reference) -> WherryError {
    if error.code == .unavailable || error.code == .deadlineExceeded { unreachable[reference.domain] = error }
    return error
  }

  /// What is left of the record, or what containers call the image, tells the name: its digest is the file's name.
  mutating func repairName(_ file: String) async throws -> RepairOutcome {
    let path = "\(state.imageNames)/\(file).cbor"
    let candidates = context.table.entries.flatMap { entry -> [String] in
      do { return [try Reference(entry.record.image).description] } catch { return [] }
    }
    let left = try await look { [scan] in
      let bytes = try Files.readIfPresent(path, maximum: 64 << 10) ?? []
      return (bytes, scan.salvagedReference(bytes, file: file, candidates: candidates))
    }
    guard let text = left.1 else {
      let damage = try await look { [store = context.store] in store.setAside(path) }
      return .kept(
        "which name it was is not known; set aside at \(damage ?? "its place")",
        hint: "pull or tag the image again")
    }
    let reference = try Reference(text, defaultTag: nil)
    let rest = String(decoding: left.0, as: UTF8.self)
    // What a container was made of may have been another image's name since: only the record itself tells.
    if let image = images.values.first(where: { rest.contains($0.id.description) }) {
      let named = try scan.blobs().first { $0 != image.id && rest.contains($0.description) }
      let name = ImageName(reference: text, image: image.id, digest: named ?? image.manifest)
      try await context.images.naming {
        try await context.pool.run { [store = context.store] () throws(WherryError) in
          try store.images.setName(name)
        }
      }
      names.append(name)
      return .repaired(movedTo: nil)
    }
    if let failure = unreachable[reference.domain] {
      return .kept("\(text): \(failure.message)", hint: "wherry pull \(reference.familiar)")
    }
    do {
      let pulled = try await context.images.pull(text)
      names.append(ImageName(reference: text, image: pulled.id, digest: pulled.digest))
      if let record = scan.imageRecord(pulled.id.hex).value { images[record.id] = record }
      result.fetched += 1
      return .repaired(movedTo: nil)
    } catch {
      try Task.checkCancellation()
      return .kept(
        "\(text): \(note(WherryError.wrapping(error), of: reference).message)",
        hint: "wherry pull \(reference.familiar)")
    }
  }
}
