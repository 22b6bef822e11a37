import WherryModel
import WherryWire

extension Containers {
  /// Waits for the end of a running container, records it, starts it again where its policy says so and the
  /// supervisor does not, and returns when it stays down.
  func followToEnd(_ id: ContainerID) async throws {
    var backoff = RestartBackoff()
    while let entry = context.table.entry(id) {
      switch try await context.supervisor.observe(id) {
      case .running: _ = try await context.supervisor.nextExit(id)
      case .restarting:
        try await context.settings.sleep(.milliseconds(200))
        continue
      case .exited, .absent: break
      }
      if !context.supervisor.appliesRestartPolicy, RestorePolicy.rule(entry.record.spec.restart) != .no {
        entry.isRestartPending = true
      }
      defer { entry.isRestartPending = false }
      _ = try await operate(entry, nil)
      switch entry.state {
      case .running, .restarting, .starting: continue
      default: break
      }
      guard !context.supervisor.appliesRestartPolicy, RestorePolicy.shouldRestart(entry.record) else {
        return
      }
      try await context.settings.sleep(backoff.delay(afterRunning: Self.runTime(entry.record.lastExit)))
      _ = try await operate(entry, .policyRestartDue)
      // A stop, meanwhile, has the last word.
      guard entry.state == .running else { return }
    }
  }

  private static func runTime(_ exit: ExitRecord?) -> Duration? {
    guard let exit, let start = exit.startedAt, exit.finishedAt >= start else { return nil }
    return .nanoseconds(Int64(clamping: exit.finishedAt.nanoseconds - start.nanoseconds))
  }
}
