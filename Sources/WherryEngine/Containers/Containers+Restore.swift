import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  package struct Restored: Sendable, Equatable {
    package var started: [String] = []
    /// Name to reason.
    package var failed: [String: String] = [:]
  }

  /// How many are started at once, besides those that wait for a device.
  static let startsAtBoot = 4

  /// Starts what a boot should bring back, what others require first, else oldest first, and tidies up after what the
  /// machine's end left behind. Goes on past failures, and past what has to be waited for. Running containers are left
  /// as they are.
  package func restore() async throws -> Restored {
    let byAge = context.table.entries.sorted {
      ($0.record.created, $0.record.name) < ($1.record.created, $1.record.name)
    }
    let graph = requirements()
    let order = graph.sorted(byAge.map(\.id))
    // Decided before anything runs: one that another requires may be up by its own turn.
    let wanted = await outcomes(of: order.compactMap { context.table.entry($0) }, atOnce: Self.startsAtBoot) {
      entry in
      _ = try await self.operate(entry, nil)
      return entry.state == .exited && RestorePolicy.shouldStart(entry.record)
    }
    try Task.checkCancellation()
    let entries = order.filter { wanted[$0] == .yes }.compactMap { context.table.entry($0) }
    let slow = Set(
      entries.map(\.id).filter { id in
        ((graph.order(before: id) ?? []) + [id]).compactMap { context.table.entry($0) }
          .contains(where: mayWaitForDevices)
      })
    let started = await withTaskGroup(of: [ContainerID: Outcome].self) { group in
      group.addTask { await self.start(entries.filter { slow.contains($0.id) }, atOnce: .max) }
      group.addTask {
        await self.start(entries.filter { !slow.contains($0.id) }, atOnce: Self.startsAtBoot)
      }
      var all: [ContainerID: Outcome] = [:]
      for await some in group { all.merge(some) { first, _ in first } }
      return all
    }
    try Task.checkCancellation()
    var result = Restored()
    for id in order {
      let name = context.table.entry(id)?.record.name ?? id.short
      switch started[id] ?? wanted[id] {
      case .yes where started[id] != nil: result.started.append(name)
      case .failed(let reason): result.failed[name] = reason
      default: break
      }
    }
    return result
  }

  private func start(_ entries: [ContainerEntry], atOnce: Int) async -> [ContainerID: Outcome] {
    await outcomes(of: entries, atOnce: atOnce) { entry in
      try await self.startRequirements(of: entry)
      _ = try await self.begin(entry)
      return true
    }
  }

  /// Not a pair: in a release build of Swift 6.3 a task group copies pairs of these wrongly, and crashes.
  private struct Answer: Sendable {
    var id: ContainerID
    var outcome: Outcome
  }

  private enum Outcome: Sendable, Equatable {
    case yes
    case no
    case failed(String)
  }

  /// What `body` returns or throws for each, in their order where `atOnce` lets it.
  private func outcomes(
    of entries: [ContainerEntry], atOnce: Int,
    _ body: @escaping @Sendable (ContainerEntry) async throws -> Bool
  ) async -> [ContainerID: Outcome] {
    await withTaskGroup(of: Answer.self) { group in
      var outcomes: [ContainerID: Outcome] = [:]
      for (position, entry) in entries.enumerated() {
        if position >= atOnce, let answer = await group.next() { outcomes[answer.id] = answer.outcome }
        group.addTask {
          do {
            return Answer(id: entry.id, outcome: try await body(entry) ? .yes : .no)
          } catch {
            return Answer(id: entry.id, outcome: .failed(WherryError.wrapping(error).description))
          }
        }
      }
      for await answer in group { outcomes[answer.id] = answer.outcome }
      return outcomes
    }
  }
}
