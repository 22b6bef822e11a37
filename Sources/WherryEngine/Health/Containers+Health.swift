import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension Containers {
  /// Probes a container that runs, until cancelled. For supervisors that do not do it themselves.
  func followHealth(_ entry: ContainerEntry, startedAt: Timestamp) async throws {
    guard let plan = HealthPlan(entry.record.spec) else { return }
    let path = context.run.health(entry.id)
    var machine = HealthMachine(plan, resuming: try HealthFile.read(path))
    var next = try await perform(machine.handle(.started(at: startedAt)), entry, path)
    while let due = next {
      let now = Timestamp.now()
      if due > now {
        // The clock may be set back meanwhile: never longer than a pause is.
        let pause = min(due.nanoseconds - now.nanoseconds, max(plan.interval, plan.startInterval))
        try await context.settings.sleep(.nanoseconds(Int64(clamping: pause)))
      }
      guard case .running(let pid, _, _) = try await context.supervisor.observe(entry.id) else { return }
      if try await context.supervisor.isPaused(entry.id, pid: pid) {
        next = Timestamp.now().adding(plan.interval)
        continue
      }
      do {
        let probe = try await context.supervisor.probe(
          entry.id, timeout: .nanoseconds(Int64(clamping: plan.timeout)))
        try Task.checkCancellation()
        next = try await perform(machine.handle(.probeEnded(probe)), entry, path)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        context.settings.report("container \(entry.record.name): its health check failed: \(error), ignoring")
        next = Timestamp.now().adding(plan.interval)
      }
    }
  }

  /// When to probe next.
  private func perform(
    _ actions: [HealthMachine.Action], _ entry: ContainerEntry, _ path: String
  ) async throws -> Timestamp? {
    var next: Timestamp?
    for action in actions {
      switch action {
      case .persist(let record):
        do {
          try HealthFile.write(record, path)
        } catch {
          context.settings.report(
            "container \(entry.record.name): recording its health failed: \(error), ignoring")
        }
      case .report(_, let state):
        context.record("health_status: \(state)", of: entry)
        context.settings.report("container \(entry.record.name) is \(state)")
      case .act: try await actOnHealth(entry)
      case .probe(let time): next = time
      }
    }
    return next
  }

  /// A container was found unhealthy: does what was asked for then. Does nothing where it is well again, or gone.
  package func healthChanged(_ reference: String) async throws {
    guard let entry = try context.table.findIfPresent(reference) else { return }
    try await actOnHealth(entry)
  }

  private func actOnHealth(_ entry: ContainerEntry) async throws {
    guard let plan = HealthPlan(entry.record.spec), plan.action != .none,
      try await snapshot(of: entry).health?.state == .unhealthy
    else { return }
    context.settings.report(
      "container \(entry.record.name) is unhealthy: \(plan.action), as it was asked for")
    switch plan.action {
    // Its policy may start it again: the user's word stays.
    case .kill: try await context.supervisor.signal(entry.id, 9)
    case .restart: _ = try await operate(entry, .restartRequested(signal: nil, timeout: nil))
    case .stop: _ = try await operate(entry, .stopRequested(signal: nil, timeout: nil))
    default: break
    }
  }

  /// What is known of a container's health; nil where it has no check.
  func health(of record: ContainerRecord, _ id: ContainerID, _ observation: Observation) throws -> Health? {
    guard HealthPlan(record.spec) != nil else { return nil }
    let last = try HealthFile.read(context.run.health(id))
    if case .running(_, let startedAt, _) = observation {
      return HealthFile.health(last, runningSince: startedAt)
    }
    return last?.health
  }
}
