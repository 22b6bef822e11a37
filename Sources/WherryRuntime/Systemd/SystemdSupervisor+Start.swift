package import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherrySystemd

extension SystemdSupervisor {
  package func start(_ launch: ContainerLaunch) async throws {
    var facts = UnitFacts(name: launch.name.rawValue, runtime: runtime)
    facts.openStdin = launch.openStdin
    facts.terminal = launch.runtime.process.terminal
    // Somebody may attach later: conmon has to hold the other ends.
    facts.usesMonitor = facts.openStdin || facts.terminal
    facts.keepsInput = true
    let plan = try await prepare(launch, facts)
    do {
      try await startUnit(plan)
    } catch {
      try await abandon(launch.id)
      throw error
    }
  }

  package func startAttached(_ launch: ContainerLaunch) async throws -> any AttachedSession {
    var facts = UnitFacts(name: launch.name.rawValue, runtime: runtime)
    facts.openStdin = launch.openStdin
    facts.terminal = launch.runtime.process.terminal
    facts.usesMonitor = true
    facts.keepsInput = facts.terminal
    let plan = try await prepare(launch, facts)
    let files = plan.files
    do {
      try Files.write(files.attachPending, [])
      async let started: Void = startUnit(plan)
      guard let socket = try await attach(files) else {
        // The unit's start says why.
        try await started
        throw WherryError(.internal, "container \(launch.name) could not be attached to")
      }
      // Now its first process may run.
      try Files.unlink(files.attachPending)
      try await started
      return ContainerSession(launch.id, files: files, socket: socket, supervisor: self)
    } catch {
      try await abandon(launch.id)
      throw error
    }
  }

  private func prepare(_ launch: ContainerLaunch, _ facts: UnitFacts) async throws -> UnitPlan {
    var facts = facts
    if launch.autoRemove { facts.autoRemoveSocket = socket }
    let files = files(launch.id)
    let complete = facts
    return try await pool.run { [executable, socket] in
      try files.writeBundle(launch.runtime)
      try files.writeHealth(launch.health, name: launch.name.rawValue, socket: socket)
      return try WherryError.converting("prepare unit of container \(launch.id.short)") {
        () throws(SystemError) in
        for stale in [files.runtimeLog, files.attachPending, files.created, files.runs] {
          try Files.unlink(stale)
        }
        try Files.write(files.unit, Array(complete.text.utf8))
        return UnitPlan(
          launch: launch, files: files, facts: complete, executable: executable,
          deviceNames: try DeviceNames.current())
      }
    }
  }

  /// Starts the unit; returns when the first process runs, or has run and ended.
  private func startUnit(_ plan: UnitPlan) async throws {
    // Not the job alone: of a container that ends at once it is over only after the unit's hook, which may be
    // waiting for the daemon.
    let watch = try FileWatch([run.exits, plan.files.bundle], [.movedIn, .writtenAndClosed])
    let id = plan.launch.id.rawValue
    let result = try await withThrowingTaskGroup(of: SystemBus.JobResult?.self) { group in
      group.addTask { try await self.submit(plan) }
      group.addTask {
        for try await event in watch where event.name == id { return nil }
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    if let note = try ExitNote.read(plan.files.exit) {
      // A process that ended at once is no failure; one that could not be started is.
      guard let error = note.error else { return }
      throw RuntimeFailure.error(saying: error, doing: "start")
    }
    guard result == .done else {
      throw WherryError(
        .internal,
        "container \(plan.launch.name): its unit did not start (\(result?.rawValue ?? "no exit note"))",
        hint: "systemctl status \(UnitPlan.unit(plan.launch.id))")
    }
    guard plan.facts.usesMonitor else { return }
    // The unit is up since conmon is; the container's process comes next.
    if try Files.exists(plan.files.started) { return }
    for try await event in watch where event.name == id || event.name == "started" { break }
    if let error = try ExitNote.read(plan.files.exit)?.error {
      throw RuntimeFailure.error(saying: error, doing: "start")
    }
  }

  private func submit(_ plan: UnitPlan) async throws -> SystemBus.JobResult {
    let unit = UnitPlan.unit(plan.launch.id)
    do {
      return try await bus.startTransientUnit(unit, plan.properties)
    } catch let error as WherryError where error.code == .conflict {
      // Left from the last run: on its way down, or failed and still remembered.
      try await bus.stopUnit(unit)
      try await bus.resetFailedUnit(unit)
      return try await bus.startTransientUnit(unit, plan.properties)
    }
  }

  /// Waits until the container is created, and attaches. Nil where its unit has failed first.
  private func attach(_ files: ContainerFiles) async throws -> AttachSocket? {
    let unit = UnitPlan.unit(files.id)
    let watch = try FileWatch([files.bundle, files.run.exits], [.movedIn, .writtenAndClosed])
    if try Files.exists(files.created) { return try AttachSocket(files.attach) }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        for try await event in watch {
          if event.name == "created" { return true }
          if event.name == files.id.rawValue { return false }
        }
        return false
      }
      group.addTask { [bus] in
        // Should the unit be refused before anything runs, nothing is ever written.
        while true {
          try await Task.sleep(for: .seconds(2))
          guard let state = try await bus.status(unit)?.activeState, state != "failed", state != "inactive"
          else {
            return false
          }
        }
      }
      defer { group.cancelAll() }
      guard try await group.next() ?? false else { return nil }
      return try AttachSocket(files.attach)
    }
  }

  /// Clears away what a start that failed has left; its own failures must not hide the start's.
  private func abandon(_ id: ContainerID) async throws {
    let unit = UnitPlan.unit(id)
    do {
      try await bus.stopUnit(unit)
      try await bus.resetFailedUnit(unit)
      try await runtime.delete(id)
    } catch {}
    try files(id).remove()
    try Files.unlink(files(id).exit)
  }
}
