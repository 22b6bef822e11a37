import WherryLinux
package import WherryModel
import WherryOCI

extension Images {
  package struct Pruned: Sendable, Equatable {
    package var untagged: [String] = []
    package var deleted: [String] = []
    /// Bytes of layers that no other image needs, and of interrupted downloads.
    package var reclaimed: UInt64 = 0
    package var partial: UInt64 = 0

    mutating func reclaim(_ bytes: UInt64?) {
      reclaimed = .saturatingSum(reclaimed, bytes ?? 0)
    }
  }

  /// Removes images that no container uses: those without a name, or `all`; and what interrupted downloads left.
  /// With `dryRun` says what would go. One that somebody begins to use meanwhile is passed over.
  package func prune(
    all: Bool = false, filters: [String: [String]] = [:], dryRun: Bool = false
  ) async throws -> Pruned {
    let filter = try ImagePruneFilters(filters)
    let images = try await shelf.images()
    let candidates = images.filter { image in
      userCount(of: image) == 0 && !image.isPinned && (image.names.isEmpty || filter.isForAll ?? all)
        && filter.matches(image)
    }
    var pruned = Pruned()
    pruned.partial = try await shelf.partialBytes(removing: !dryRun, before: filter.until)
    pruned.reclaimed = pruned.partial
    let sizes = try await shelf.sizes()
    guard !dryRun else {
      let gone = Set(candidates.map(\.id))
      let needed = Set(images.filter { !gone.contains($0.id) }.flatMap(\.layers)).union(table.layersInUse)
      for layer in Set(candidates.flatMap(\.layers)).subtracting(needed) {
        pruned.reclaim(sizes[layer])
      }
      pruned.untagged = candidates.flatMap { $0.references.map(\.familiar) }
      pruned.deleted = candidates.map(\.id.description)
      return pruned
    }
    for image in candidates {
      try Task.checkCancellation()
      do {
        let removed = try await remove(image.id.description, force: true) { _ in true }
        pruned.untagged += removed.untagged
        pruned.deleted += removed.deleted
        for text in removed.deleted.dropFirst() {
          pruned.reclaim(sizes[try Digest(text)])
        }
      } catch {
        switch WherryError.wrapping(error).code {
        case .notFound, .conflict: continue
        default: throw error
        }
      }
    }
    recordPrune(reclaimed: pruned.reclaimed)
    return pruned
  }
}

/// The filters of `image prune`: dangling, label, label!, until. All must match.
package struct ImagePruneFilters: Sendable, Equatable {
  /// What `dangling` says; nil where it is not given.
  var isForAll: Bool?
  var common: PruneFilters

  /// Throws `invalidArgument` for an unknown filter or value.
  package init(_ values: [String: [String]]) throws(WherryError) {
    var rest = values
    switch rest.removeValue(forKey: "dangling")?.last {
    case nil: isForAll = nil
    case "true", "1": isForAll = false
    case "false", "0": isForAll = true
    case .some(let other):
      throw WherryError(
        .invalidArgument, "invalid filter dangling=\(Printable.text(other))", hint: "write true or false")
    }
    common = try PruneFilters(rest)
  }

  var until: Timestamp? { common.until }

  package func matches(_ image: Image) -> Bool {
    let labels = image.configuration.config.labels
    if let until, image.created >= until { return false }
    return common.labels.allSatisfy { ContainerFilters.hasLabel(labels, $0) }
      && !common.withoutLabels.contains { ContainerFilters.hasLabel(labels, $0) }
  }
}
