import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  package struct Restored: Sendable, Equatable {
    package var started: [String] = []
    /// Name to reason.
    package var failed: [String: String] = [:]
  }

  /// Starts what a boot should bring back, oldest first, and tidies up after what the machine's end left behind.
  /// Goes on past failures. Running containers are left as they are.
  package func restore() async throws -> Restored {
    var result = Restored()
    let byAge = context.table.entries.sorted {
      ($0.record.created, $0.record.name) < ($1.record.created, $1.record.name)
    }
    // What others require comes before them.
    let entries = requirements().sorted(byAge.map(\.id)).compactMap { context.table.entry($0) }
    for entry in entries {
      try Task.checkCancellation()
      let name = entry.record.name
      do {
        _ = try await operate(entry, nil)
        guard entry.state == .exited, RestorePolicy.shouldStart(entry.record) else { continue }
        try await startRequirements(of: entry)
        _ = try await operate(entry, .startRequested)
        result.started.append(name)
      } catch {
        result.failed[name] = WherryError.wrapping(error).description
      }
    }
    return result
  }
}
