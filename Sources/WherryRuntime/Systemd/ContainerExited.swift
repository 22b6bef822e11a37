import WherryLinux
import WherryModel
import WherryStore

/// `ExecStopPost=` of a container's unit: writes down how it ended, deletes what the runtime keeps, and wakes
/// the daemon where the container removes itself. A unit that ended well is forgotten by systemd, so this note
/// is all that remains.
struct ContainerExited {
  var files: ContainerFiles
  var environment: StopEnvironment

  func run() async throws {
    let facts = try UnitFacts.read(files.unit)
    guard let facts else {
      // Removed already; nobody would take the note away.
      try Files.unlink(files.exit)
      return
    }
    let note = try note(facts)
    try Files.makeDirectories(files.run.exits)
    try Files.replace(files.exit, Array(note.text.utf8))
    if try !Files.exists(files.unit) { try Files.unlink(files.exit) }
    do {
      try await facts.runtime.delete(files.id)
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
    note.restarts = try countRun()
    return note
  }

  private func countRun() throws(SystemError) -> UInt64 {
    let text = try Files.readIfPresent(files.runs, maximum: 64) ?? []
    let before = UInt64(String(decoding: text, as: UTF8.self).trimmed) ?? 0
    if try Files.exists(files.bundle) { try Files.write(files.runs, Array("\(before &+ 1)\n".utf8)) }
    return before
  }

  /// The unit's control group is still there; this process is in `.control` below it.
  private func wasKilledForMemory() throws(SystemError) -> Bool {
    if environment.serviceResult == "oom-kill" { return true }
    let text = try Files.readText("/proc/self/cgroup", maximum: 64 << 10)
    guard var path = ControlGroup(text, mounted: try ControlGroup.mounted).unified else { return false }
    if path.hasSuffix("/.control") { path.removeLast("/.control".count) }
    guard let events = try Files.readIfPresent(path + "/memory.events", maximum: 4096) else { return false }
    return Counters(String(decoding: events, as: UTF8.self))["oom_kill"] ?? 0 > 0
  }
}
