import WherryEngine
import WherryLinux
package import WherryModel
import WherryStore
import WherrySystemd

extension SystemdSupervisor {
  package func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws {
    let unit = UnitPlan.unit(id)
    guard let status = try await bus.status(unit) else { return }
    if let waiting = try StartRecord.read(files(id).waiting) {
      // It waits for its next run. The unit's signal may be one that a shell does not heed.
      try await bus.beginStop(unit)
      try PIDFD.open(waiting.process)?.send(9)
      try await bus.stopUnit(unit)
      return
    }
    let usesMonitor = try UnitFacts.read(files(id).unit)?.usesMonitor ?? false
    if !usesMonitor, signal == status.killSignal, UnitPlan.microseconds(timeout) == status.stopTimeout {
      // Just what the unit says itself.
      return try await stopUnit(id, policy: status.restartPolicy)
    }
    if status.mainPID != 0, timeout > .zero {
      try await signalIfRunning(id, signal)
      try await waitForEnd(id, timeout)
    }
    // Whatever is left, also where its policy has just started it again. After the first process, the rest.
    if case .running = try await observe(id) { try await signalIfRunning(id, 9) }
    // Not while its hook runs: that would be killed too, and leave the container's remains.
    if try await !waitForEnd(id, .seconds(5)), let late = try await bus.status(unit), late.mainPID != 0,
      late.activeState == "active"
    {
      try await bus.killUnit(unit, whom: "all", signal: 9)
    }
    try await stopUnit(id, policy: status.restartPolicy)
  }

  /// Returns when the unit is down, or as soon as its hook has written how the container ended: the unit goes down then
  /// by itself, and nobody need wait for what its hook and systemd clear away. Where there is a restart policy, only the
  /// unit's end says that it will not be started again; and where the kernel does not end its processes with the first
  /// one, systemd does after the hook.
  private func stopUnit(_ id: ContainerID, policy: String) async throws {
    let unit = UnitPlan.unit(id)
    guard policy == "no", try UnitFacts.read(files(id).unit)?.sharesProcesses == false else {
      try await bus.stopUnit(unit)
      return
    }
    let note = files(id).exit
    let watch = try FileWatch([run.exits], [.movedIn, .writtenAndClosed])
    if try ExitNote.read(note)?.isComplete ?? false { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.bus.stopUnit(unit) }
      group.addTask {
        for try await event in watch where event.name == id.rawValue {
          if try ExitNote.read(note)?.isComplete ?? false { return }
        }
        try await self.bus.stopUnit(unit)
      }
      defer { group.cancelAll() }
      try await group.next()
    }
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
