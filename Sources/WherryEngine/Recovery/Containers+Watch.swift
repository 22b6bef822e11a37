import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Waits for the end of a running container, records it, starts it again where its policy says so and the
  /// supervisor does not, and returns when it stays down.
  func followToEnd(_ id: ContainerID) async throws {
    var backoff = RestartBackoff()
    while let entry = context.table.entry(id) {
      switch try await context.supervisor.observe(id) {
      case .running(_, let startedAt, _): try await followRun(entry, startedAt: startedAt)
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
      let pause = backoff.delay(afterRunning: Self.runTime(entry.record.lastExit))
      entry.restartDue = Timestamp.now().adding(pause)
      defer { entry.restartDue = nil }
      try await context.settings.sleep(pause)
      do {
        _ = try await begin(entry, .policyRestartDue)
      } catch let error as WherryError where error.code == .conflict && entry.state == .exited {
        return
      }
      // A stop, meanwhile, has the last word.
      guard entry.state == .running else { return }
    }
  }

  /// Until the container's end; meanwhile its health is looked after.
  private func followRun(_ entry: ContainerEntry, startedAt: Timestamp) async throws {
    guard !context.supervisor.schedulesHealthChecks, HealthPlan(entry.record.spec) != nil else {
      _ = try await context.supervisor.nextExit(entry.id)
      return
    }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        _ = try await self.context.supervisor.nextExit(entry.id)
        return true
      }
      group.addTask {
        do {
          try await self.followHealth(entry, startedAt: startedAt)
        } catch is CancellationError {
        } catch {
          self.context.settings.report(
            "container \(entry.record.name): its health check failed: \(error), ignoring")
        }
        return false
      }
      defer { group.cancelAll() }
      while let ended = try await group.next(), !ended {}
    }
  }

  private static func runTime(_ exit: ExitRecord?) -> Duration? {
    guard let exit, let start = exit.startedAt, exit.finishedAt >= start else { return nil }
    return .nanoseconds(Int64(clamping: exit.finishedAt.nanoseconds - start.nanoseconds))
  }
}
