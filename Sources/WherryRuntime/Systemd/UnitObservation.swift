import WherryEngine
import WherryModel
import WherrySystemd

/// A container's observation from what systemd and the hook's note say.
enum UnitObservation {
  /// `process` is the container's first process where it is not the unit's main one (conmon is).
  static func observation(unit: UnitStatus?, note: ExitNote?, process: Int32?) -> Observation {
    guard let unit else { return ended(note, 0) ?? .absent }
    let restarts = UInt64(unit.restarts)
    switch unit.activeState {
    case "active", "reloading": return running(unit, process, restarts)
    case "activating":
      if unit.subState == "auto-restart" {
        return .restarting(last: note?.exit ?? exit(of: unit), restartCount: restarts)
      }
      // Its first process may have ended before the health check's timer was made: the hook says how, once that is done.
      if unit.subState == "start-post" { return running(unit, process, restarts) }
      // On its way up: the first time nothing is there yet, later it is between two runs.
      if restarts > 0 { return .restarting(last: note?.exit ?? exit(of: unit), restartCount: restarts) }
      // conmon may have noted the end before systemd has heard of the beginning.
      return note == nil ? .absent : running(unit, process, restarts)
    case "deactivating":
      if unit.mainPID != 0 { return running(unit, process, restarts) }
      // Its hook runs. What systemd is about to start again must not be taken for dead: its root would be unmounted.
      let isFinal = note?.isFinal ?? false
      if unit.subState == "auto-restart" || !isFinal && willRestart(unit) {
        return .restarting(last: note?.exit ?? exit(of: unit), restartCount: restarts)
      }
      // The hook is about to say the rest: whether for lack of memory, since when.
      guard let note, note.isComplete else { return running(unit, process, restarts) }
      return .exited(note.exit, restartCount: max(restarts, note.restarts))
    case "failed":
      return .exited(note?.exit ?? exit(of: unit), restartCount: max(restarts, note?.restarts ?? 0))
    default:
      return ended(note, restarts)
        ?? (unit.mainExited == 0 ? .absent : .exited(exit(of: unit), restartCount: restarts))
    }
  }

  /// What `Restart=` does after this end, unless a stop was asked for: then the unit soon is inactive.
  private static func willRestart(_ unit: UnitStatus) -> Bool {
    switch unit.restartPolicy {
    case "always": true
    // The four signals that are a clean end to systemd force a restart.
    case "on-failure": unit.result != "success" || unit.mainCode != 1 || unit.mainStatus != 0
    default: false
    }
  }

  private static func running(_ unit: UnitStatus, _ process: Int32?, _ restarts: UInt64) -> Observation {
    .running(
      pid: process ?? Int32(clamping: unit.mainPID), startedAt: timestamp(unit.mainStarted),
      restartCount: restarts)
  }

  private static func ended(_ note: ExitNote?, _ restarts: UInt64) -> Observation? {
    note.map { .exited($0.exit, restartCount: max(restarts, $0.restarts)) }
  }

  /// CLD_EXITED is 1: the status is a code; else it is a signal.
  private static func exit(of unit: UnitStatus) -> Exit {
    let code =
      unit.mainCode == 1
      ? UInt8(clamping: unit.mainStatus) : UInt8(clamping: 128 + Int(unit.mainStatus))
    return Exit(
      code: unit.mainCode == 0 ? 255 : code,
      startedAt: unit.mainStarted == 0 ? nil : timestamp(unit.mainStarted),
      finishedAt: timestamp(unit.mainExited), outOfMemory: unit.result == "oom-kill")
  }

  private static func timestamp(_ microseconds: UInt64) -> Timestamp {
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1_000)
    return Timestamp(nanoseconds: overflow ? .max : nanoseconds)
  }
}
