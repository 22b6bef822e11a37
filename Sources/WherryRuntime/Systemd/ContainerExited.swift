import WherryEngine
import WherryLinux
import WherryModel
import WherryStore
import WherrySystemd

/// `ExecStopPost=` of a container's unit: writes down how it ended, deletes what the runtime keeps, and wakes
/// the daemon where the container removes itself. A unit that ended well is forgotten by systemd, so this note
/// is all that remains. Without tasks and threads, because it runs at every end.
struct ContainerExited {
  var files: ContainerFiles
  var environment: StopEnvironment

  func run() throws {
    let facts = try UnitFacts.read(files.unit)
    guard let facts else {
      // Removed already; nobody would take the note away.
      try Files.unlink(files.exit)
      return
    }
    if try StartRecord.read(files.waiting) != nil {
      // Stopped while it waited for its next run: the end of the last one stands.
      try Files.unlink(files.waiting)
      return
    }
    var note = try note(facts)
    note.isFinal = isFinal(facts.restart, note)
    note.isTold = tell(note, facts)
    noteWear(facts)
    if let path = facts.lastingExit, !Self.restarts(facts.restart, note) {
      // A boot decides by it; without it the container has ended with an unknown code.
      do throws(SystemError) { try Files.replace(path, Array(note.text.utf8)) } catch { report(error) }
    }
    try Files.makeDirectories(files.run.exits)
    // From here on the container counts as down: it may be removed, or prepared for its next start.
    try Files.replace(files.exit, Array(note.text.utf8))
    if try !Files.exists(files.unit) { try Files.unlink(files.exit) }
    do {
      if try !facts.forgetDirectly(files) { try facts.runtime.deleteBlocking(files.id) }
    } catch {
      // Nothing to delete where `create` failed; the next start would say what is really wrong.
      if note.error == nil { throw error }
    }
    for stale in [files.runtimeLog, files.created, files.attach, files.control, files.bundle + "/winsz"] {
      try Files.unlink(stale)
    }
    guard let socket = facts.autoRemoveSocket else { return }
    try DaemonWaker(socket: socket).containerExited(files.id)
  }

  private func note(_ facts: UnitFacts) throws(SystemError) -> ExitNote {
    let now = Timestamp.now()
    let failure = try RuntimeLog.lastError(at: files.runtimeLog)
    var note: ExitNote
    if facts.usesMonitor {
      // conmon has written the code by itself, unless it was ended too.
      note = try ExitNote.read(files.exit) ?? ExitNote(code: environment.code ?? 255, finishedAt: now)
    } else {
      note = ExitNote(code: environment.code ?? 255, finishedAt: now)
    }
    if let failure {
      note.error = failure
      note.code = RuntimeFailure.code(failure).commandExitCode ?? 128
    } else if environment.code == nil {
      note.error = "systemd: \(environment.serviceResult)"
      note.code = 128
    }
    // The runtime wrote the pid file when it created the container.
    if let status = try Files.statusIfPresent(files.pid) { note.startedAt = Timestamp(status.modified) }
    if note.code == 137 { note.outOfMemory = try wasKilledForMemory() }
    var restarts = try RestartNote.read(files.restarts)
    note.restarts = restarts.ends
    restarts.ended(at: note.finishedAt, ran: note.runTime)
    if try Files.exists(files.bundle) { try restarts.write(files.restarts) }
    return note
  }

  /// Whether its policy starts it again, as Docker's.
  static func restarts(_ rule: RestartRule, _ note: ExitNote) -> Bool {
    switch rule {
    case .no: false
    case .always, .unlessStopped: true
    case .onFailure(let maximum): note.code != 0 && maximum.map { note.restarts < $0 } ?? true
    }
  }

  /// systemd would go on: the count is ours, so that a daemon-reload does not begin it anew. A stop that is asked for
  /// while the hook runs is followed by no restart.
  private func isFinal(_ rule: RestartRule, _ note: ExitNote) -> Bool {
    guard case .onFailure = rule, note.code != 0, !Self.restarts(rule, note) else { return false }
    do {
      try SystemBus.beginStopBlocking(UnitPlan.unit(files.id))
      return true
    } catch {
      report(error)
      return false
    }
  }

  /// Before the note, so that who knows of the end finds it told. True where it is.
  private func tell(_ note: ExitNote, _ facts: UnitFacts) -> Bool {
    // A first start that fails is the caller's to hear of, and no end of a container.
    if note.error != nil, note.restarts == 0 { return false }
    do throws(SystemError) {
      guard let teller = try facts.teller(files) else { return false }
      try teller.ended(note.exit)
      return true
    } catch {
      report(error)
      return false
    }
  }

  /// While its control group is still there. What cannot be counted is no reason not to end.
  private func noteWear(_ facts: UnitFacts) {
    do {
      let events = [try WearReading.time(), try ControlGroup.ofUnit().wear()]
      try WearBook(run: files.run, state: facts.stateFolder.map { StateDirectory($0) }).note(
        events, of: files.id)
    } catch {
      report(error)
    }
  }

  private func report(_ error: any Error) { UnitReport.ignoring(error, files.id) }

  /// The unit's control group is still there; this process is in `.control` below it.
  private func wasKilledForMemory() throws(SystemError) -> Bool {
    if environment.serviceResult == "oom-kill" { return true }
    guard let path = try ControlGroup.ofUnit().unified,
      let events = try Files.readIfPresent(path + "/memory.events", maximum: 4096)
    else { return false }
    return Counters(String(decoding: events, as: UTF8.self))["oom_kill"] ?? 0 > 0
  }
}
