import WherryModel

extension CleanupPolicy {
  /// What of the facts may go. Pure.
  package func plan(_ facts: CleanupFacts) -> CleanupPlan {
    var plan = CleanupPlan()
    // A clock that has fallen behind, as on a board without one of its own, tells no age.
    let newest = (facts.images.map(\.latest) + facts.aside.map(\.since) + facts.downloads.map(\.since)).max()
    if let newest, newest > facts.now {
      plan.held = "the clock is behind what is on disk, so no age is known"
      return plan
    }
    if let missing = facts.missing.first {
      plan.held = missing
    } else {
      plan.items += images(facts)
    }
    plan.items += old(facts.downloads, .download, stagingAge, facts.now, "nobody has gone on with it")
    plan.items += old(facts.staging, .staging, stagingAge, facts.now, "it was begun and never finished")
    plan.items += aside(facts)
    return plan
  }

  // MARK: Images

  private func images(_ facts: CleanupFacts) -> [CleanupPlan.Item] {
    let kept = keptByRepository(facts.images)
    let candidates = facts.images
      .filter { image in
        !image.isInUse && !image.isPinned && !kept.contains(image.id)
          && Self.age(image.latest, facts.now) >= minimumAge
      }
      .sorted { ($0.latest, $0.id.hex) < ($1.latest, $1.id.hex) }
    var room = LayerRoom(facts)
    var items: [CleanupPlan.Item] = []
    var left: [CleanupFacts.Image] = []
    for image in candidates {
      if let reason = reason(image, facts.now) {
        items.append(item(image, reason, room.remove(image)))
      } else {
        left.append(image)
      }
    }
    guard facts.totalBytes > 0, highThreshold < 100 else { return items }
    func used() -> Double {
      let free = min(facts.totalBytes, .saturatingSum(facts.freeBytes, room.freed))
      return Double(facts.totalBytes - free) / Double(facts.totalBytes) * 100
    }
    guard used() >= Double(highThreshold) else { return items }
    for image in left {
      if used() <= Double(lowThreshold) { break }
      let reason = "unused, and the disk is \(Int(used()))% full"
      items.append(item(image, reason, room.remove(image)))
    }
    return items
  }

  /// Whatever room there is.
  private func reason(_ image: CleanupFacts.Image, _ now: Timestamp) -> String? {
    if image.isFormer, !image.repositories.isEmpty {
      return
        "replaced: newer images of \(image.repositories.sorted().joined(separator: ", ")) were used since"
    }
    if let maximumAge, Self.age(image.latest, now) >= maximumAge {
      return "unused for \(Self.days(Self.age(image.latest, now)))"
    }
    return nil
  }

  /// Of each repository: what containers use, else what they used last; those before; and the newest that none has used
  /// yet, which may be what comes next.
  private func keptByRepository(_ images: [CleanupFacts.Image]) -> Set<Digest> {
    var byRepository: [String: [CleanupFacts.Image]] = [:]
    for image in images {
      for repository in image.repositories { byRepository[repository, default: []].append(image) }
    }
    var kept: Set<Digest> = []
    for members in byRepository.values {
      let count = keepPrevious + (members.contains(where: \.isInUse) ? 0 : 1)
      let used = members.filter { $0.isFormer && !$0.isInUse }
        .sorted { ($0.latest, $0.id.hex) > ($1.latest, $1.id.hex) }
      kept.formUnion(used.prefix(count).map(\.id))
      let unused = members.filter { !$0.isFormer && !$0.isInUse }
      if let next = unused.max(by: { ($0.added, $0.id.hex) < ($1.added, $1.id.hex) }) { kept.insert(next.id) }
    }
    return kept
  }

  private func item(_ image: CleanupFacts.Image, _ reason: String, _ size: UInt64) -> CleanupPlan.Item {
    CleanupPlan.Item(kind: .image, id: image.id.description, name: image.name, reason: reason, size: size)
  }

  // MARK: Leftovers

  private func old(
    _ leftovers: [CleanupFacts.Leftover], _ kind: CleanupPlan.Kind, _ age: Duration, _ now: Timestamp,
    _ what: String
  ) -> [CleanupPlan.Item] {
    leftovers.filter { !$0.isInUse && Self.age($0.since, now) >= age }.map { leftover in
      CleanupPlan.Item(
        kind: kind, id: leftover.name, name: leftover.name,
        reason: "\(what) for \(Self.days(Self.age(leftover.since, now)))", size: leftover.size)
    }
  }

  /// What nothing has replaced is nobody's to delete.
  private func aside(_ facts: CleanupFacts) -> [CleanupPlan.Item] {
    let replaced = facts.aside.filter { $0.isReplaced && !$0.isInUse }
      .sorted { ($0.since, $0.name) < ($1.since, $1.name) }
    var total = replaced.map(\.size).reduce(0, UInt64.saturatingSum)
    var items: [CleanupPlan.Item] = []
    for thing in replaced {
      let age = Self.age(thing.since, facts.now)
      let reason: String
      if age >= damagedAge {
        reason = "it was replaced, and set aside \(Self.days(age)) ago"
      } else if total > damagedSize {
        reason = "it was replaced, and more is set aside than \(damagedSize) bytes"
      } else {
        continue
      }
      total -= min(total, thing.size)
      items.append(
        CleanupPlan.Item(kind: .aside, id: thing.name, name: thing.name, reason: reason, size: thing.size))
    }
    return items
  }

  private static func age(_ since: Timestamp, _ now: Timestamp) -> Duration {
    .nanoseconds(Int64(clamping: now.nanoseconds - min(since.nanoseconds, now.nanoseconds)))
  }

  private static func days(_ age: Duration) -> String {
    let seconds = age.components.seconds
    if seconds >= 2 * 86_400 { return "\(seconds / 86_400) days" }
    return seconds >= 7200 ? "\(seconds / 3600) hours" : "\(seconds) seconds"
  }
}

/// Bytes that are free when images go, each layer once and only with the last image that stands on it.
private struct LayerRoom {
  private let sizes: [Digest: UInt64]
  private var users: [Digest: Int] = [:]
  private(set) var freed: UInt64 = 0

  init(_ facts: CleanupFacts) {
    sizes = facts.sizes
    for image in facts.images { for layer in Set(image.layers) { users[layer, default: 0] += 1 } }
    for layer in facts.neededLayers { users[layer, default: 0] += 1 }
  }

  mutating func remove(_ image: CleanupFacts.Image) -> UInt64 {
    var size: UInt64 = 0
    for layer in Set(image.layers) {
      users[layer, default: 1] -= 1
      guard users[layer] == 0 else { continue }
      size = size.addingReportingOverflow(sizes[layer] ?? 0).partialValue
    }
    freed = freed.addingReportingOverflow(size).partialValue
    return size
  }
}
