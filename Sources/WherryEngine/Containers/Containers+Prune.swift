import WherryLinux
package import WherryModel
import WherryStore
import WherryWire

extension Containers {
  package struct Pruned: Sendable, Equatable {
    package var ids: [String] = []
    /// Bytes of their files.
    package var reclaimed: UInt64 = 0
  }

  /// Removes the containers that are down, oldest first. One that is started or removed meanwhile is passed over. With
  /// `dryRun` says what would go.
  package func prune(filters: [String: [String]] = [:], dryRun: Bool = false) async throws -> Pruned {
    let filter = try PruneFilters(filters)
    let candidates = try await list(all: true).reversed().filter { snapshot in
      switch snapshot.state {
      case .created, .exited, .dead: filter.matches(snapshot.record)
      default: false
      }
    }
    var pruned = Pruned()
    for snapshot in candidates {
      try Task.checkCancellation()
      let size = try await size(of: snapshot.record.id)
      do {
        if !dryRun { try await remove(snapshot.record.id) }
      } catch {
        switch WherryError.wrapping(error).code {
        case .notFound, .conflict, .failedPrecondition: continue
        default: throw error
        }
      }
      pruned.ids.append(snapshot.record.id)
      pruned.reclaimed = pruned.reclaimed.addingReportingOverflow(size).partialValue
    }
    if !dryRun { context.events.recordPrune("container", reclaimed: pruned.reclaimed) }
    return pruned
  }

  private func size(of text: String) async throws -> UInt64 {
    let upper = context.store.containers.upper(try ContainerID(text))
    return try await context.walks.usage {
      try WherryError.converting { () throws(SystemError) in
        try TreeSize.ifPresent(upper)?.bytes ?? 0
      }
    }
  }
}

/// The filters of `container prune`. All must match.
package struct PruneFilters: Sendable, Equatable {
  var labels: [String]
  var withoutLabels: [String]
  /// Made before that moment.
  var until: Timestamp?

  /// Throws `invalidArgument` for an unknown filter or value.
  package init(_ values: [String: [String]]) throws(WherryError) {
    try FilterNames.check(values, known: ["label", "label!", "until"])
    labels = values["label"] ?? []
    withoutLabels = values["label!"] ?? []
    let moments = values["until"] ?? []
    guard moments.count <= 1 else { throw SpecValidation.invalid("more than one until filter specified") }
    until = try moments.first.map { text throws(WherryError) in try Self.moment(text) }
  }

  /// Seconds since 1970, perhaps with a fraction.
  private static func moment(_ text: String) throws(WherryError) -> Timestamp {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts.dropFirst().first ?? ""
    guard let seconds = parts.first.flatMap({ UInt64($0) }), digits.utf8.count <= 9,
      let fraction = UInt64(digits + String(repeating: "0", count: 9 - digits.utf8.count))
    else {
      throw SpecValidation.invalid(
        "invalid filter until=\(Printable.text(text))", hint: "give seconds since 1970")
    }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(fraction)
    return Timestamp(nanoseconds: overflow || carry ? .max : sum)
  }

  package func matches(_ record: ContainerRecord) -> Bool {
    matches(labels: record.spec.labels ?? [:], created: record.created)
  }

  func matches(labels own: [String: String], created: Timestamp) -> Bool {
    if let until, created >= until { return false }
    return labels.allSatisfy { ContainerFilters.hasLabel(own, $0) }
      && !withoutLabels.contains { ContainerFilters.hasLabel(own, $0) }
  }
}
