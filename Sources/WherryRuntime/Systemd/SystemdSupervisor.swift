package import WherryEngine
package import WherryLinux
package import WherryModel
import WherryOCI
package import WherryStore
import WherrySystemd

/// Keeps containers as transient units of systemd (DESIGN, "The life of wherry run"). It holds nothing itself:
/// what it says comes from systemd, the run directory and the journal.
package final class SystemdSupervisor: ProcessSupervisor {
  package let name = "systemd"
  package let needsResidentDaemon = false
  package var tellsLife: Bool { state != nil }
  package let run: RunDirectory
  let state: StateDirectory?
  let runtime: RuntimeDriver
  let pool: BlockingPool
  let bus: SystemBus
  let executable: String
  /// Where the daemon is woken.
  let socket: String

  /// `executable` is the wherry binary that units call as their hook; this one where nil.
  /// Throws where a path cannot stand in a unit.
  package init(
    run: RunDirectory, state: StateDirectory?, runtime: RuntimeDriver, pool: BlockingPool, socket: String,
    executable: String? = nil
  )
    throws(WherryError)
  {
    self.run = run
    self.state = state
    self.runtime = runtime
    self.pool = pool
    self.socket = socket
    bus = SystemBus(pool: pool)
    if let executable {
      self.executable = executable
    } else {
      self.executable = try WherryError.converting { () throws(SystemError) in
        try Files.readLink("/proc/self/exe")
      }
    }
    for path in [run.path, runtime.path, runtime.stateDirectory, self.executable, socket] {
      try UnitPlan.requirePlain(path)
    }
  }

  func lastingExit(_ id: ContainerID) -> String? { state.map { "\($0.containers)/\(id)/exit" } }

  func files(_ id: ContainerID) -> ContainerFiles { ContainerFiles(run: run, id: id) }

  package func observe(_ id: ContainerID) async throws -> Observation {
    let unit = try await bus.status(UnitPlan.unit(id))
    let files = files(id)
    var process: Int32?
    if unit != nil, let facts = try UnitFacts.read(files.unit), facts.usesMonitor {
      process = try files.process(files.pid)?.pid
    }
    var note = try ExitNote.read(files.exit)
    // Since the boot it has not run: what the one before has left.
    if note == nil, unit == nil, let path = lastingExit(id) { note = try ExitNote.read(path) }
    return UnitObservation.observation(unit: unit, note: note, process: process)
  }

  /// systemd need not be asked for this: the daemon does it for all containers before it goes.
  package func wear(_ id: ContainerID) async throws -> WearLedger.Event? {
    try WherryError.converting("container \(id.short)") { () throws(SystemError) -> WearLedger.Event? in
      let group = ControlGroup(
        at: "/\(UnitPlan.slice)/\(UnitPlan.unit(id))", mounted: try ControlGroup.mounted)
      guard let folder = group.unified ?? group.byController["blkio"], try Files.exists(folder) else {
        return nil
      }
      return try group.wear()
    }
  }

  package func restartDue(_ id: ContainerID) async throws -> Timestamp? {
    try WherryError.converting("read the restarts of container \(id.short)") { () throws(SystemError) in
      try RestartNote.read(files(id).restarts).due
    }
  }

  package func signal(_ id: ContainerID, _ number: Int32) async throws {
    let files = files(id)
    let sent: Bool
    if let facts = try UnitFacts.read(files.unit), facts.usesMonitor {
      // The unit's main process is conmon.
      sent = try files.process(files.pid).flatMap { try PIDFD.open($0) }?.send(number) ?? false
    } else {
      sent = try await bus.killUnit(UnitPlan.unit(id), whom: "main", signal: number)
    }
    guard sent else { throw WherryError(.failedPrecondition, "container \(id.short) is not running") }
  }

  package func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws {
    try await bus.setFrozen(UnitPlan.unit(id), isPaused)
  }

  package func nextExit(_ id: ContainerID) async throws -> Exit {
    let files = files(id)
    let watch = try FileWatch([run.exits], [.movedIn, .writtenAndClosed])
    var sawRunning = false
    var asksSystemd = true
    while true {
      if asksSystemd {
        switch try await observe(id) {
        case .exited(let exit, _), .restarting(let exit, _): return exit
        case .absent where !sawRunning:
          throw WherryError(.failedPrecondition, "container \(id.short) has not been started")
        case .absent:
          return Exit(code: 255, startedAt: nil, finishedAt: .now(), error: "its exit note is missing")
        case .running: sawRunning = true
        }
      }
      let noted = try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          for try await event in watch where event.name == id.rawValue { return true }
          return false
        }
        // Should a hook not have been able to write (a full /run), systemd knows all the same.
        group.addTask {
          try await Task.sleep(for: .seconds(15))
          return false
        }
        defer { group.cancelAll() }
        return try await group.next() ?? false
      }
      asksSystemd = true
      guard noted, let note = try ExitNote.read(files.exit) else { continue }
      // A unit that restarts at once may be up again before it could be observed down.
      if note.isComplete { return note.exit }
      // conmon's: the hook is about to say the rest.
      asksSystemd = false
    }
  }

  package func droppedMessages(_ id: ContainerID) async throws -> UInt64? {
    try await pool.run { () throws(SystemError) in try DroppedMessages.total(of: UnitPlan.unit(id)) }
  }

  package func logs(_ id: ContainerID, _ query: LogQuery) -> AsyncThrowingStream<LogLine, any Error> {
    let reader = logReader(id, query)
    return AsyncThrowingStream { try await reader.next() }
  }

  func logReader(_ id: ContainerID, _ query: LogQuery) -> JournalLogReader {
    JournalLogReader(unit: UnitPlan.unit(id), query: query, pool: pool) { [self] in
      while true {
        switch try await observe(id) {
        case .running: _ = try await nextExit(id)
        case .restarting: try await Task.sleep(for: .seconds(1))
        case .exited, .absent: return
        }
      }
    }
  }

  package func cleanUp(_ id: ContainerID) async throws {
    let files = files(id)
    let unit = UnitPlan.unit(id)
    var failures: [WherryError] = []
    do {
      switch try await bus.status(unit)?.activeState {
      // On its way down: its hook may be waiting for us, so we must not wait for it.
      case nil, "inactive", "deactivating": break
      case "failed": try await bus.resetFailedUnit(unit)
      default: try await bus.stopUnit(unit)
      }
    } catch { failures.append(.wrapping(error)) }
    do {
      // Its hook may be about to do the same.
      let isForgotten = try UnitFacts.read(files.unit)?.forgetDirectly(files) ?? false
      if !isForgotten { try await runtime.delete(id) }
    } catch { failures.append(.wrapping(error)) }
    do { try files.remove() } catch { failures.append(error) }
    if let first = failures.first {
      throw WherryError(
        first.code, failures.map(\.message).joined(separator: "; "), hint: first.hint, cause: first)
    }
  }

  /// What the journal holds stays until the journal lets it go.
  package func forget(_ id: ContainerID) async throws {
    try WherryError.converting("forget container \(id.short)") { () throws(SystemError) in
      try Files.unlink(files(id).exit)
      _ = try Files.removeTree(files(id).bundle)
    }
  }
}
