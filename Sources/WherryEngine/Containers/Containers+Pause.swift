import WherryLinux
import WherryModel

extension Containers {
  /// Stops all processes of a container where they are. Throws `failedPrecondition` where it does not run or is paused.
  package func pause(_ reference: String) async throws { try await setPaused(reference, true) }

  package func unpause(_ reference: String) async throws { try await setPaused(reference, false) }

  private func setPaused(_ reference: String, _ wanted: Bool) async throws {
    let entry = try context.table.find(reference)
    let supervisor = context.supervisor
    try await entry.lane.run {
      let name = entry.record.name
      guard entry.state != .created, case .running(let pid, _, _) = try await supervisor.observe(entry.id)
      else {
        throw WherryError(.failedPrecondition, "Container \(name) is not running")
      }
      guard try await supervisor.isPaused(entry.id, pid: pid) != wanted else {
        throw WherryError(
          .failedPrecondition, "Container \(name) is \(wanted ? "already" : "not") paused")
      }
      try await supervisor.setPaused(entry.id, wanted)
      context.record(wanted ? "pause" : "unpause", of: entry)
    }
  }

  /// What stops or signals a container must reach its processes.
  func requireNotPaused(_ entry: ContainerEntry, to verb: String) async throws {
    guard case .running(let pid, _, _) = try await context.supervisor.observe(entry.id),
      try await context.supervisor.isPaused(entry.id, pid: pid)
    else { return }
    throw WherryError(
      .failedPrecondition, "cannot \(verb) container \(entry.record.name): it is paused",
      hint: "wherry unpause \(entry.record.name)")
  }
}
