import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Newest first. `all` or a limit brings the stopped as well, as Docker's.
  package func list(
    all: Bool = false, limit: UInt64? = nil, filters: [String: [String]] = [:]
  ) async throws -> [ContainerSnapshot] {
    let filters = try ContainerFilters(filters)
    var ancestors: Set<String> = []
    for name in filters.ancestors {
      if let image = try await context.images.find(name) { ancestors.insert(image.id.description) }
    }
    var after: Timestamp?
    var before: Timestamp?
    for name in filters.since { after = max(after, try context.table.find(name).record.created) }
    for name in filters.before { before = min(before, try context.table.find(name).record.created) }
    let entries = context.table.entries.filter { entry in
      let record = entry.record
      if let after, record.created <= after { return false }
      if let before, record.created >= before { return false }
      return filters.matches(record, ancestorIDs: ancestors)
    }
    let snapshots = try await snapshots(of: entries)
      .filter { filters.matches($0) && (all || limit != nil || filters.includesStopped || $0.isUp) }
      .sorted { ($0.record.created, $0.record.id) > ($1.record.created, $1.record.id) }
    guard let limit, limit > 0, limit < UInt64(snapshots.count) else { return snapshots }
    return Array(snapshots.prefix(Int(limit)))
  }

  package func inspect(_ reference: String) async throws -> ContainerSnapshot {
    let entry = try context.table.find(reference)
    var snapshot = try await snapshot(of: entry)
    if snapshot.state != .created {
      do {
        snapshot.droppedMessages = try await context.supervisor.droppedMessages(entry.id)
      } catch {
        context.settings.report(
          "container \(entry.record.name): counting dropped messages failed: \(error), ignoring")
      }
    }
    return snapshot
  }

  package var count: Int { context.table.entries.count }

  func snapshot(of entry: ContainerEntry) async throws -> ContainerSnapshot {
    // A container that never ran is not known to any supervisor.
    let isNew = entry.state == .created
    let observation = isNew ? .absent : try await context.supervisor.observe(entry.id)
    var snapshot = ContainerSnapshot(
      record: entry.record, operation: entry.state, observation: observation,
      isRestartPending: entry.isRestartPending, isPaused: try await isPaused(entry, observation))
    if snapshot.state == .restarting {
      snapshot.nextStart = entry.restartDue
      if let due = try await context.supervisor.restartDue(entry.id) { snapshot.nextStart = due }
    }
    do {
      snapshot.health = try health(of: entry.record, entry.id, observation)
    } catch {
      // One that cannot be read must not hide the others.
      context.settings.report("container \(entry.record.name): reading its health failed: \(error), ignoring")
    }
    if Self.isUnrecorded(entry, observation) { context.noticed(entry.id) }
    return snapshot
  }

  private func isPaused(_ entry: ContainerEntry, _ observation: Observation) async throws -> Bool {
    guard case .running(let pid, _, _) = observation else { return false }
    return try await context.supervisor.isPaused(entry.id, pid: pid)
  }

  /// An exit that only the supervisor knows of, or a start that a killed daemon did not get to: recorded by the
  /// engine's own task, no reader waits for it.
  private static func isUnrecorded(_ entry: ContainerEntry, _ observation: Observation) -> Bool {
    guard entry.record.lastExit == nil, entry.record.desired != .neverStarted else { return false }
    switch observation {
    case .exited, .absent: break
    case .running, .restarting: return false
    }
    switch entry.state {
    case nil, .running, .restarting: return true
    default: return false
    }
  }

  /// Asks the supervisor of some containers at a time.
  private func snapshots(of entries: [ContainerEntry]) async throws -> [ContainerSnapshot] {
    try await withThrowingTaskGroup(of: ContainerSnapshot.self) { group in
      var result: [ContainerSnapshot] = []
      result.reserveCapacity(entries.count)
      var waiting = entries.makeIterator()
      for _ in 0..<max(1, context.settings.maximumObservations) {
        guard let entry = waiting.next() else { break }
        group.addTask { try await self.snapshot(of: entry) }
      }
      while let snapshot = try await group.next() {
        result.append(snapshot)
        if let entry = waiting.next() { group.addTask { try await self.snapshot(of: entry) } }
      }
      return result
    }
  }

  private func max(_ left: Timestamp?, _ right: Timestamp) -> Timestamp {
    left.map { $0 > right ? $0 : right } ?? right
  }
  private func min(_ left: Timestamp?, _ right: Timestamp) -> Timestamp {
    left.map { $0 < right ? $0 : right } ?? right
  }
  private func max(_ left: Int, _ right: Int) -> Int { left > right ? left : right }
}
