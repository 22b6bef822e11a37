import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// What clean-up remembers of images.
extension Images {
  /// How exactly it is remembered when an image was last used: not each short-lived container costs a write.
  private static let granularity: UInt64 = 3600 * 1_000_000_000

  /// Keeps the image from every clean-up, or no longer. Throws `notFound`.
  package func pin(_ text: String, _ isPinned: Bool) async throws {
    let image = try await require(text)
    try await naming {
      guard try await exists(image) else { throw ImageLookup.notFound(text) }
      try await change(image.id) { $0.isPinned = isPinned }
    }
    record(
      isPinned ? "pin" : "unpin", image.id.description,
      name: image.references.first?.familiar ?? image.id.short)
  }

  /// Of an image of which it is not known whether somebody has pinned it.
  func keep(_ id: Digest) async throws {
    try await naming { try await change(id) { $0.isPinned = true } }
  }

  /// A container that is gone had it. Best effort: what is not remembered is not cleaned up.
  func noteUse(by record: ContainerRecord) async {
    do {
      let id = try Digest(record.imageID)
      let repository = Self.repository(record.image)
      let staysUsed = !(record.spec.autoRemove ?? false)
      try await note(id, staysUsed ? repository : nil)
    } catch {
      settings.report("remember when the image of container \(record.name) was used: \(error), ignoring")
    }
  }

  /// Another image has the name now.
  func noteMove(of reference: Reference, from id: Digest) async {
    do { try await note(id, reference.name) } catch {
      settings.report("remember that image \(id.short) was \(reference.familiar): \(error), ignoring")
    }
  }

  private func note(_ id: Digest, _ repository: String?) async throws {
    let now = Timestamp.now()
    try await naming {
      guard try await shelf.exists(id) else { return }
      let known = try await use(of: id)
      let isKnown = repository.map { known?.repositories.contains($0) ?? false } ?? (known != nil)
      if isKnown, let last = known?.lastUsed, last <= now,
        now.nanoseconds - last.nanoseconds < Self.granularity
      {
        return
      }
      try await change(id) { use in
        use.lastUsed = now
        if let repository { use.add(repository) }
      }
    }
  }

  func isPinned(_ id: Digest) async throws -> Bool {
    try await shelf.pool.run { [shelf] () throws(WherryError) in try shelf.store.uses.pinned().contains(id) }
  }

  private func use(of id: Digest) async throws -> ImageUse? {
    try await shelf.pool.run { [shelf] () throws(WherryError) in try shelf.store.uses.find(id) }
  }

  /// A record that is damaged is begun anew, and the image stays pinned until somebody says otherwise.
  private func change(_ id: Digest, _ change: @escaping @Sendable (inout ImageUse) -> Void) async throws {
    try await shelf.pool.run { [shelf] () throws(WherryError) in
      var use: ImageUse
      do throws(WherryError) { use = try shelf.store.uses.find(id) ?? ImageUse(id: id) } catch {
        guard error.code == .dataLoss else { throw error }
        use = ImageUse(id: id, isPinned: true)
      }
      change(&use)
      try shelf.store.uses.put(use)
    }
  }

  /// Of what a container calls its image; nil where that is an ID.
  static func repository(_ image: String) -> String? {
    if image.hasPrefix("sha256:") || (Hex.isLowercase(image) && image.utf8.count >= 12) { return nil }
    do { return try Reference(image).name } catch { return nil }
  }
}
