import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension Containers {
  private static let pause = Duration.milliseconds(200)
  /// For a supervisor that ends a late start itself.
  private static let grace = Duration.seconds(15)

  /// Suspends until a container that was started says that it is ready, where it was asked for. Throws where it ends
  /// first, or is late. Not in the container's lane: it may be stopped meanwhile.
  func waitUntilReady(_ entry: ContainerEntry) async throws {
    guard let plan = ReadinessPlan(entry.record.spec) else { return }
    let supervisor = context.supervisor
    let patience = Duration.seconds(Int64(plan.timeout)) + (supervisor.endsLateStarts ? Self.grace : .zero)
    var waited = Duration.zero
    while true {
      if try await supervisor.isReady(entry.id) { return }
      switch try await supervisor.observe(entry.id) {
      case .running(_, let startedAt, _):
        guard plan.source == .healthy, !supervisor.schedulesHealthChecks else { break }
        let health = HealthFile.health(
          try HealthFile.read(context.run.health(entry.id)), runningSince: startedAt)
        if health.state == .healthy { return try await supervisor.setReady(entry.id) }
        if health.state == .unhealthy {
          try await end(entry)
          throw failure(entry, "it became unhealthy")
        }
      case .exited(let exit, _), .restarting(let exit, _):
        throw failure(entry, exit.error ?? "it ended with exit code \(exit.code)")
      case .absent: throw failure(entry, "it is gone")
      }
      guard waited < patience else {
        try await end(entry)
        throw failure(entry, "it did not say so within \(plan.timeout) s")
      }
      try await context.settings.sleep(Self.pause)
      waited += Self.pause
    }
  }

  /// As the end of a start that failed: its policy may start it again.
  private func end(_ entry: ContainerEntry) async throws {
    let record = entry.record
    try await context.supervisor.signal(entry.id, context.stopSignal(of: record))
    let timeout = context.stopTimeout(of: record)
    var waited = Duration.zero
    while case .running = try await context.supervisor.observe(entry.id) {
      if waited >= timeout { return try await context.supervisor.signal(entry.id, 9) }
      try await context.settings.sleep(Self.pause)
      waited += Self.pause
    }
  }

  private func failure(_ entry: ContainerEntry, _ reason: String) -> WherryError {
    WherryError(
      .deadlineExceeded, "container \(entry.record.name) did not become ready: \(reason)",
      hint: "wherry logs \(entry.record.name)")
  }
}
