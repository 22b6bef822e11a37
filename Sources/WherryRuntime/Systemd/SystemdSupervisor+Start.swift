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
    facts.joins = launch.joins.mapValues(\.rawValue)
    facts.restart = launch.restart
    facts.readiness = launch.readiness
    facts.tag = launch.log.tag
    facts.hasNoLog = launch.log.isNone
    facts.hasHooks = !(launch.runtime.hooks ?? [:]).isEmpty
    facts.sharesProcesses = !launch.runtime.linux.namespaces.contains { $0.type == .pid && $0.path == nil }
    facts.lastingExit = lastingExit(launch.id)
    facts.stateFolder = state?.path
    let files = files(launch.id)
    let plain = facts
    return try await pool.run { [executable, socket, run, runtime] in
      var complete = plain
      let seesSocket = launch.readiness?.source == .container
      var spec =
        seesSocket ? NotifySocket.applied(launch.runtime, folder: files.notifyFolder) : launch.runtime
      complete.seccompKey = try SeccompCache(run, runtime).apply(to: &spec)
      try files.writeBundle(spec)
      try files.writeHealth(launch.health, name: launch.name.rawValue, socket: socket)
      return try WherryError.converting("prepare unit of container \(launch.id.short)") {
        () throws(SystemError) in
        // Of a run that ended while its policy was being changed: this one has the policy of its record.
        try RestartDropIn(unit: UnitPlan.unit(launch.id)).remove()
        for stale in [
          files.runtimeLog, files.attachPending, files.created, files.restarts, files.waiting, files.ready,
        ] {
          try Files.unlink(stale)
        }
        // The runtime mounts it.
        if seesSocket { try Files.makeDirectories(files.notifyFolder, mode: 0o755) }
        if let path = complete.lastingExit { try Files.unlink(path) }
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
    let waits = plan.launch.readiness != nil && !plan.facts.usesMonitor
    let result = try await withThrowingTaskGroup(of: SystemBus.JobResult?.self) { group in
      group.addTask { try await self.submit(plan) }
      group.addTask {
        for try await event in watch {
          // One that is not ready yet is waited for elsewhere.
          if event.name == id || waits && event.name == "started" { return nil }
        }
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
    if waits, try Files.exists(plan.files.started) { return }
    guard result == .done else {
      throw WherryError(
        .internal,
        "container \(plan.launch.name): its unit did not start (\(result?.rawValue ?? "no exit note"))",
        hint: "systemctl status \(UnitPlan.unit(plan.launch.id))")
    }
    // The unit is up since its main process is known, which runs next.
    try await waitUntilStarted(plan, watch)
    if let error = try ExitNote.read(plan.files.exit)?.error {
      throw RuntimeFailure.error(saying: error, doing: "start")
    }
  }

  /// Should neither the step nor the hook have been able to write (a full /run), systemd knows all the same.
  private func waitUntilStarted(_ plan: UnitPlan, _ watch: FileWatch) async throws {
    let id = plan.launch.id.rawValue
    while try !Files.exists(plan.files.started), try ExitNote.read(plan.files.exit) == nil {
      let isNoted = try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          for try await event in watch where event.name == id || event.name == "started" { return true }
          return false
        }
        group.addTask {
          try await Task.sleep(for: .seconds(1))
          return false
        }
        defer { group.cancelAll() }
        return try await group.next() ?? false
      }
      if isNoted { continue }
      let unit = try await bus.status(UnitPlan.unit(plan.launch.id))
      guard let unit, unit.activeState != "inactive", unit.activeState != "failed" else {
        if try Files.exists(plan.files.started) { return }
        throw WherryError(
          .internal, "container \(plan.launch.name): its unit ended without saying why",
          hint: "systemctl status \(UnitPlan.unit(plan.launch.id))")
      }
    }
  }

  private static let transientUnits = "/run/systemd/transient"

  private func submit(_ plan: UnitPlan) async throws -> SystemBus.JobResult {
    let unit = UnitPlan.unit(plan.launch.id)
    do {
      return try await bus.startTransientUnit(unit, plan.properties)
    } catch let error as WherryError where error.code == .conflict {
      // Left from the last run: on its way down, or failed and still remembered.
      try await bus.stopUnit(unit)
      try await bus.resetFailedUnit(unit)
    }
    do {
      return try await bus.startTransientUnit(unit, plan.properties)
    } catch let error as WherryError where error.code == .conflict {
      // The unit of a container that requires this one keeps it in memory. Without its file it is a unit that is not
      // there, of which a new one can be made.
      try await pool.run { () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in
          try Files.unlink("\(Self.transientUnits)/\(unit)")
          _ = try Files.removeTree("\(Self.transientUnits)/\(unit).d")
        }
      }
      try await bus.reload()
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
