package import WherryModel
package import WherryWire

/// The life of one container as a value: facts come in, actions come out, nothing is done here.
///
/// What a restart of the daemon must not forget is in `record`; the rest is derived from the
/// record and an observation by `init(recovered:observation:at:)`.
package struct ContainerMachine: Sendable, Equatable {
  package enum State: Sendable, Equatable {
    /// Never ran. → starting, removing
    case created
    /// The first process is being started. → running, exited, created, removing
    case starting
    /// → stopping, restarting, exited, removing
    case running
    /// Down until its policy starts it again. → running, stopping, exited
    case restarting
    /// The supervisor has been asked to stop it. → exited, starting, removing, running (it would not stop)
    case stopping(then: Afterwards)
    /// → starting, running, removing
    case exited
    /// → removed, dead
    case removing
    /// Its removal failed half-way. → removing
    case dead
    /// Nothing is left; the end.
    case removed
  }

  package enum Afterwards: Sendable, Equatable {
    case stay
    case start
    case remove
  }

  package enum Event: Sendable, Equatable {
    case startRequested
    case started
    case startFailed(code: UInt8, error: String, at: Timestamp)
    case stopRequested(signal: Int32?, timeout: Duration?)
    case restartRequested(signal: Int32?, timeout: Duration?)
    /// The pause after an exit is over and the container's policy wants it to run (where the engine applies it).
    case policyRestartDue
    case killRequested(signal: Int32)
    case removeRequested(force: Bool)
    /// What the supervisor says of it now.
    case observed(Observation, at: Timestamp)
    /// What the supervisor says after `stop` returned or failed.
    case stopReturned(Observation, at: Timestamp)
    case removed
    case removeFailed
    /// Recorded already.
    case renamed(String)
    case reconnected(networks: [NetworkAttachment]?, endpoints: [EndpointRecord]?)
    case updated(resources: Resources?, restart: RestartPolicy?)
  }

  package enum Action: Sendable, Equatable {
    case persist(ContainerRecord)
    case mountRoot
    case launch
    case signal(Int32)
    /// The container's own signal and timeout where nil.
    case stop(signal: Int32?, timeout: Duration?)
    /// Lets the supervisor remove what starting made.
    case cleanUp
    case unmount
    case removeFiles
  }

  package private(set) var state: State
  package private(set) var record: ContainerRecord
  /// The user's last word before the start that is under way, to return to if it fails.
  private(set) var desiredBeforeStart: DesiredState?

  /// A container just created, never started.
  package init(created record: ContainerRecord) {
    state = .created
    self.record = record
  }

  /// What a new daemon knows of a container: its record, and how the supervisor finds it.
  package static func recovered(
    _ record: ContainerRecord, observation: Observation, at now: Timestamp
  ) -> (machine: ContainerMachine, actions: [Action]) {
    var machine = ContainerMachine(created: record)
    let actions: [Action]
    switch observation {
    case .absent where record.desired == .neverStarted:
      actions = []
    case .absent:
      machine.state = .exited
      if record.lastExit == nil {
        actions = machine.ended(Self.unknownExit(at: now), restarts: nil)
      } else {
        // The daemon may have ended between recording the exit and cleaning up after it.
        actions = machine.isAutoRemoved ? machine.beginRemoval() : [.cleanUp, .unmount]
      }
    case .exited where record.desired == .neverStarted:
      // What a failed first start left behind.
      actions = [.cleanUp, .unmount]
    case .running, .restarting, .exited:
      // A launch without its record cannot be (the record comes first); adopt it anyway.
      if record.desired == .neverStarted { machine.record.desired = .running }
      machine.state = .running
      actions = machine.follow(observation, at: now)
    }
    return (machine, actions)
  }

  /// Takes in one fact. Throws `conflict` or `failedPrecondition` for a request that the state does not allow;
  /// then nothing has changed.
  package mutating func handle(_ event: Event) throws(WherryError) -> [Action] {
    switch event {
    case .startRequested: try startRequested()
    case .started: started()
    case .startFailed(let code, let error, let now): startFailed(code: code, error: error, at: now)
    case .stopRequested(let signal, let timeout): try stopRequested(signal, timeout)
    case .restartRequested(let signal, let timeout): try restart(signal, timeout)
    case .policyRestartDue: policyRestartDue()
    case .killRequested(let signal): try killRequested(signal)
    case .removeRequested(let force): try removeRequested(force: force)
    case .observed(let observation, let now): observed(observation, at: now)
    case .stopReturned(let observation, let now): stopReturned(observation, at: now)
    case .removed: removalEnded(.removed)
    case .removeFailed: removalEnded(.dead)
    case .renamed(let name): amend { $0.name = name }
    case .reconnected(let networks, let endpoints):
      amend { ($0.spec.networks, $0.endpoints) = (networks, endpoints) }
    case .updated(let resources, let restart):
      amend { ($0.spec.resources, $0.spec.restart) = (resources, restart) }
    }
  }
}

extension ContainerMachine {
  private mutating func amend(_ change: (inout ContainerRecord) -> Void) -> [Action] {
    change(&record)
    return []
  }
}

// MARK: Starting

extension ContainerMachine {
  private mutating func startRequested() throws(WherryError) -> [Action] {
    switch state {
    case .created, .exited: return beginStart()
    case .running, .restarting: return []
    case .starting, .stopping, .removing, .dead, .removed: throw refusal(to: "start")
    }
  }

  /// Does nothing where the user's word has changed since.
  private mutating func policyRestartDue() -> [Action] {
    guard state == .exited, record.desired == .running else { return [] }
    return beginStart(restarts: (record.restartCount ?? 0) &+ 1)
  }

  private mutating func beginStart(restarts: UInt64? = nil) -> [Action] {
    desiredBeforeStart = record.desired
    state = .starting
    record.desired = .running
    record.lastExit = nil
    record.restartCount = restarts
    return [.persist(record), .mountRoot, .launch]
  }

  private mutating func started() -> [Action] {
    guard state == .starting else { return [] }
    desiredBeforeStart = nil
    state = .running
    return []
  }

  /// The container keeps the user's word of before: one that never ran stays `created`, one that a boot
  /// could not bring back is tried again at the next.
  private mutating func startFailed(code: UInt8, error: String, at now: Timestamp) -> [Action] {
    guard state == .starting else { return [] }
    record.desired = desiredBeforeStart ?? record.desired
    desiredBeforeStart = nil
    state = record.desired == .neverStarted ? .created : .exited
    record.lastExit = ExitRecord(code: UInt64(code), finishedAt: now, error: error)
    if isAutoRemoved { return beginRemoval() }
    return [.cleanUp, .unmount, .persist(record)]
  }
}

// MARK: Stopping

extension ContainerMachine {
  private mutating func stopRequested(_ signal: Int32?, _ timeout: Duration?) throws(WherryError) -> [Action]
  {
    switch state {
    case .running, .restarting:
      record.desired = .stopped
      state = .stopping(then: .stay)
      return recordedBeforeStop + [.stop(signal: signal, timeout: timeout)]
    case .exited where record.desired == .running:
      // Down already; but a boot would bring it back.
      record.desired = .stopped
      return [.persist(record)]
    case .created, .exited: return []
    case .starting, .stopping, .removing, .dead, .removed: throw refusal(to: "stop")
    }
  }

  private mutating func restart(_ signal: Int32?, _ timeout: Duration?) throws(WherryError) -> [Action] {
    switch state {
    case .created, .exited: return beginStart()
    case .running, .restarting:
      state = .stopping(then: .start)
      return [.stop(signal: signal, timeout: timeout)]
    case .starting, .stopping, .removing, .dead, .removed: throw refusal(to: "restart")
    }
  }

  private mutating func killRequested(_ signal: Int32) throws(WherryError) -> [Action] {
    let kill: Int32 = 9
    switch state {
    case .running where signal != kill: return [.signal(signal)]
    case .running, .restarting:
      guard signal == kill else { throw refusal(to: "kill") }
      // The policy must not start it again: that is a stop without patience.
      record.desired = .stopped
      state = .stopping(then: .stay)
      return recordedBeforeStop + [.stop(signal: kill, timeout: .zero)]
    case .created, .exited, .starting, .stopping, .removing, .dead, .removed: throw refusal(to: "kill")
    }
  }

  private mutating func stopReturned(_ observation: Observation, at now: Timestamp) -> [Action] {
    guard case .stopping(let afterwards) = state else { return [] }
    let exit: Exit
    var restarts: UInt64?
    switch observation {
    case .running:
      state = .running
      return []
    case .restarting:
      state = .restarting
      return []
    case .exited(let seen, let count): (exit, restarts) = (seen, count)
    case .absent: exit = Self.unknownExit(at: now)
    }
    switch afterwards {
    case .stay: return ended(exit, restarts: restarts)
    case .start: return [.cleanUp] + beginStart()
    case .remove:
      state = .exited
      record.lastExit = Self.exitRecord(exit)
      return beginRemoval()
    }
  }
}

// MARK: Removing

extension ContainerMachine {
  private mutating func removeRequested(force: Bool) throws(WherryError) -> [Action] {
    switch state {
    case .created, .exited, .dead: return beginRemoval()
    case .running, .restarting:
      guard force else { throw refusal(to: "remove") }
      // Nothing is recorded: removal must work where no byte can be written.
      state = .stopping(then: .remove)
      return [.stop(signal: 9, timeout: .zero)]
    case .starting, .stopping, .removing, .removed: throw refusal(to: "remove")
    }
  }

  private mutating func beginRemoval() -> [Action] {
    state = .removing
    return [.cleanUp, .unmount, .removeFiles]
  }

  private mutating func removalEnded(_ next: State) -> [Action] {
    guard state == .removing else { return [] }
    state = next
    return []
  }
}

// MARK: Observing

extension ContainerMachine {
  private mutating func observed(_ observation: Observation, at now: Timestamp) -> [Action] {
    switch state {
    case .running, .restarting: return follow(observation, at: now)
    case .created, .exited:
      if case .absent = observation { return [] }
      return follow(observation, at: now)
    // An operation is under way and will say how it ended.
    case .starting, .stopping, .removing, .dead, .removed: return []
    }
  }

  private mutating func follow(_ observation: Observation, at now: Timestamp) -> [Action] {
    switch observation {
    case .running(_, _, let restarts):
      state = .running
      count(restarts)
      return []
    case .restarting(_, let restarts):
      state = .restarting
      count(restarts)
      return []
    case .exited(let exit, let restarts):
      // A failed first start leaves an exit behind and the container as it was created.
      if state == .created || (state == .exited && record.lastExit == completed(exit)) { return [] }
      return ended(exit, restarts: restarts)
    case .absent:
      return ended(Self.unknownExit(at: now), restarts: nil)
    }
  }

  private mutating func ended(_ exit: Exit, restarts: UInt64?) -> [Action] {
    let recorded = completed(exit)
    let isNew = record.lastExit != recorded
    record.lastExit = recorded
    if let restarts { count(restarts) }
    state = .exited
    if isAutoRemoved { return beginRemoval() }
    return isNew ? [.persist(record), .cleanUp, .unmount] : [.cleanUp, .unmount]
  }

  /// The exit as it is recorded. One with the code of the exit on record, and its moment or a beginning before that, is
  /// that exit: once it has cleaned up, the supervisor knows less of it than the record does, and systemd and the unit's
  /// hook do not name the same moment.
  private func completed(_ exit: Exit) -> ExitRecord {
    let seen = Self.exitRecord(exit)
    guard let known = record.lastExit, known.code == seen.code else { return seen }
    let isSameRun =
      seen.finishedAt == known.finishedAt || seen.startedAt.map { $0 < known.finishedAt } ?? false
    guard isSameRun else { return seen }
    // What was recorded before the hook had written all of it is completed, never taken back.
    var complete = known
    complete.startedAt = known.startedAt ?? seen.startedAt
    complete.outOfMemory = known.outOfMemory ?? seen.outOfMemory
    complete.error = known.error ?? seen.error
    return complete
  }

  /// The supervisor's count, unless the engine itself restarts and has counted more.
  private mutating func count(_ restarts: UInt64) {
    if restarts > (record.restartCount ?? 0) { record.restartCount = restarts }
  }

  private var isAutoRemoved: Bool { record.spec.autoRemove ?? false }
}
