import WherryModel
import WherryOCI
package import WherryWire

extension Images {
  /// Gives an image one more name; another image that had it loses it.
  package func tag(_ text: String, as name: String) async throws {
    let reference = try Reference(name)
    guard reference.digest == nil else {
      throw WherryError(
        .invalidArgument, "tag: \(reference.familiar) has a digest, which names one image only",
        hint: "name it NAME[:TAG]")
    }
    let image = try await require(text)
    try await naming {
      guard try await exists(image) else { throw ImageLookup.notFound(text) }
      try await shelf.name(reference, image: image.id)
    }
    record("tag", image.id.description, name: reference.familiar)
  }

  /// How the image was made, newest step first.
  package func history(_ text: String) async throws -> [HistoryEntry] {
    let image = try await requireWithNames(text)
    var sizes = try await shelf.sizes(of: image.layers)[...]
    var entries: [HistoryEntry] = []
    for step in image.configuration.history {
      let size = step.emptyLayer ? 0 : sizes.popFirst() ?? 0
      entries.append(
        HistoryEntry(
          created: step.created, createdBy: step.createdBy, comment: step.comment, size: size, references: [])
      )
    }
    // An image whose history leaves layers out still has them.
    for size in sizes { entries.append(HistoryEntry(size: size, references: [])) }
    entries.reverse()
    if entries.isEmpty { entries = [HistoryEntry(size: 0, references: [])] }
    if var newest = entries.first {
      newest.id = image.id.description
      newest.references = image.references.map(\.description)
      entries[entries.startIndex] = newest
    }
    return entries
  }

  /// What its registry says refers to the image that `text` names there; it need not be here.
  package func referrers(
    _ text: String, artifactType: String?, credential: String?
  ) async throws -> ImageReferrers {
    try await fetcher.referrers(
      of: try Reference(text), artifactType: artifactType, credential: credential)
  }

  package func login(_ registry: String, credential: String) async throws {
    try await fetcher.login(registry, credential: credential)
  }

  /// Whether a registry answers; throws where it does not within `limit`.
  package func probe(_ registry: String, limit: Duration = .seconds(8)) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [fetcher] in try await fetcher.probe(registry) }
      group.addTask {
        try await Task.sleep(for: limit)
        throw WherryError(
          .deadlineExceeded,
          "registry \(Printable.text(registry)) did not answer within \(limit.components.seconds) s",
          hint: "check the network (ip route), a proxy that it needs, and firewalls on the way")
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Those that settings and the names of images lead to, by name.
  package func registries() async throws -> [String] {
    let named = try await list().flatMap { $0.references.map(\.domain) }
    return Set(named + fetcher.configuredRegistries).subtracting(["localhost"]).sorted()
  }
}
