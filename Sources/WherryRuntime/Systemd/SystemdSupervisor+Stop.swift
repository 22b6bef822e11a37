import WherryEngine
import WherryLinux
package import WherryModel
import WherrySystemd

extension SystemdSupervisor {
  package func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws {
    let unit = UnitPlan.unit(id)
    guard let status = try await bus.status(unit) else { return }
    let usesMonitor = try UnitFacts.read(files(id).unit)?.usesMonitor ?? false
    if !usesMonitor, signal == status.killSignal, UnitPlan.microseconds(timeout) == status.stopTimeout {
      // Just what the unit says itself.
      try await bus.stopUnit(unit)
      return
    }
    if status.mainPID != 0, timeout > .zero {
      try await signalIfRunning(id, signal)
      try await waitForEnd(id, timeout)
    }
    // Whatever is left, also where its policy has just started it again. After the first process, the rest.
    if case .running = try await observe(id) { try await signalIfRunning(id, 9) }
    if try await !waitForEnd(id, .seconds(5)) {
      try await bus.killUnit(unit, whom: "all", signal: 9)
    }
    try await bus.stopUnit(unit)
  }

  private func signalIfRunning(_ id: ContainerID, _ number: Int32) async throws {
    do {
      try await self.signal(id, number)
    } catch let error as WherryError where error.code == .failedPrecondition {
      // It ended by itself just now.
    }
  }

  /// False when it still runs after `timeout`.
  @discardableResult
  private func waitForEnd(_ id: ContainerID, _ timeout: Duration) async throws -> Bool {
    guard case .running = try await observe(id) else { return true }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        _ = try await self.nextExit(id)
        return true
      }
      group.addTask {
        try await Task.sleep(for: timeout)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }
}
