package import WherryModel
package import WherryWire

/// What a container is at one moment: its record, and what was observed.
package struct ContainerSnapshot: Sendable, Equatable {
  package var record: ContainerRecord
  package var state: ContainerState
  package var pid: Int32?
  package var exit: ExitRecord?
  package var startedAt: Timestamp?
  package var restartCount: UInt64
  /// When its policy starts it again.
  package var nextStart: Timestamp?
  /// Of its output; nil where that is not known or was not asked for.
  package var droppedMessages: UInt64?
  /// As last probed; nil where there is no check.
  package var health: Health?

  /// `operation` is what the engine is doing with it now, where it does something.
  package init(
    record: ContainerRecord, operation: ContainerMachine.State?, observation: Observation,
    isRestartPending: Bool = false, isPaused: Bool = false
  ) {
    self.record = record
    restartCount = record.restartCount ?? 0
    exit = record.lastExit
    startedAt = record.lastExit?.startedAt
    switch observation {
    case .running(let pid, let started, let restarts):
      state = isPaused ? .paused : .running
      self.pid = pid
      startedAt = started
      restartCount = max(restarts, restartCount)
      exit = nil
    case .restarting(let last, let restarts):
      state = .restarting
      exit = ContainerMachine.exitRecord(last)
      startedAt = last.startedAt
      restartCount = restarts
    case .exited(let last, let restarts):
      state = .exited
      if record.desired == .neverStarted {
        state = .created
      } else if record.lastExit == nil {
        exit = ContainerMachine.exitRecord(last)
        startedAt = last.startedAt
        restartCount = restarts
      }
    case .absent:
      if record.desired == .neverStarted {
        state = .created
      } else {
        state = .exited
        if exit == nil {
          exit = ExitRecord(
            code: UInt64(ContainerMachine.unknownExitCode), finishedAt: record.created,
            error: ContainerMachine.unknownExit(at: record.created).error)
        }
      }
    }
    if isRestartPending, state == .exited { state = .restarting }
    switch operation {
    case .removing: state = .removing
    case .dead: state = .dead
    // A start that is under way has not ended: Docker shows the state of before, `created`.
    case .starting where observation == .absent: state = .created
    default: break
    }
  }

  /// A record without a moment for an exit nobody saw.
  package var finishedAt: Timestamp? {
    guard let exit, exit.finishedAt > record.created else { return nil }
    return exit.finishedAt
  }

  package var isUp: Bool { state == .running || state == .restarting || state == .paused }
}
