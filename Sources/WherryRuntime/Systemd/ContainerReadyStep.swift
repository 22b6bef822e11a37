import WherryEngine
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// `ExecStartPost=` of a container's unit that is not up before the container is ready: lets the first process run, and
/// waits. It is all of the engine that is there meanwhile, and ends with the start.
struct ContainerReadyStep {
  private enum Outcome {
    case ready
    case ended
    case late
    case unhealthy
  }

  var files: ContainerFiles

  func run() async throws {
    guard let facts = try UnitFacts.read(files.unit), let plan = facts.readiness else {
      throw WherryError(.internal, "container \(files.id.short): its unit file is missing in \(files.bundle)")
    }
    try Files.unlink(files.ready)
    do {
      let socket = plan.source == .container ? try NotifySocket(in: files.notifyFolder) : nil
      facts.tellStart(files)
      try await facts.runtime.start(files.id)
      try Files.write(files.started, [])
      try await HealthHook(files: files).begin()
      let reason: String
      switch try await outcome(plan, socket) {
      case .ready: return try Files.write(files.ready, [])
      // systemd knows how.
      case .ended: return
      case .late: reason = "it did not say so within \(plan.timeout) s"
      case .unhealthy: reason = "it became unhealthy"
      }
      throw WherryError(.deadlineExceeded, reason)
    } catch {
      let error = WherryError.wrapping(error)
      // For the hook, which writes it down for the daemon.
      try Files.write(files.runtimeLog, Array((error.message + "\n").utf8))
      throw error
    }
  }

  private func outcome(_ plan: ReadinessPlan, _ socket: NotifySocket?) async throws -> Outcome {
    guard let process = try files.process(files.pid).flatMap({ try PIDFD.open($0) }) else { return .ended }
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
      group.addTask {
        try await process.waitForExit()
        return .ended
      }
      group.addTask {
        try await Task.sleep(for: .seconds(Int64(plan.timeout)))
        return .late
      }
      group.addTask {
        guard let socket else { return try await probe() }
        try await socket.waitUntilReady()
        return .ready
      }
      defer { group.cancelAll() }
      return try await group.next() ?? .ended
    }
  }

  /// The timers of the check come after the unit's start, which this is.
  private func probe() async throws -> Outcome {
    let hook = HealthHook(files: files)
    guard let plan = try HealthFacts.read(files.healthFacts)?.plan else { return .ready }
    let pause = plan.startPeriod > 0 ? min(plan.startInterval, plan.interval) : plan.interval
    while true {
      try await Task.sleep(for: .nanoseconds(Int64(clamping: pause)))
      try await hook.probe()
      switch try HealthFile.read(files.run.health(files.id))?.health.state {
      case .healthy: return .ready
      case .unhealthy: return .unhealthy
      default: continue
      }
    }
  }
}
