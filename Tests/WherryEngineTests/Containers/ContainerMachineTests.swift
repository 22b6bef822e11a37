import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct ContainerMachineTests {
  typealias Machine = ContainerMachine
  static let now = Timestamp(nanoseconds: 7)
  static let exit = Exit(code: 3, startedAt: Timestamp(nanoseconds: 2), finishedAt: Timestamp(nanoseconds: 4))
  static let up = Observation.running(pid: 9, startedAt: now, restartCount: 0)

  /// A machine brought into `state` by the events that lead there.
  static func machine(_ state: Machine.State, autoRemove: Bool = false) throws -> Machine {
    var machine = Machine(created: .sample { $0.spec.autoRemove = autoRemove ? true : nil })
    func feed(_ events: Machine.Event...) throws {
      for event in events { _ = try machine.handle(event) }
    }
    switch state {
    case .created: break
    case .starting: try feed(.startRequested)
    case .running: try feed(.startRequested, .started)
    case .restarting:
      try feed(.startRequested, .started, .observed(.restarting(last: exit, restartCount: 1), at: now))
    case .stopping(.stay): try feed(.startRequested, .started, .stopRequested(signal: nil, timeout: nil))
    case .stopping(.start): try feed(.startRequested, .started, .restartRequested(signal: nil, timeout: nil))
    case .stopping(.remove): try feed(.startRequested, .started, .removeRequested(force: true))
    case .exited: try feed(.startRequested, .started, .observed(.exited(exit, restartCount: 0), at: now))
    case .removing: try feed(.removeRequested(force: false))
    case .dead: try feed(.removeRequested(force: false), .removeFailed)
    case .removed: try feed(.removeRequested(force: false), .removed)
    }
    return machine
  }

  static let states: [Machine.State] = [
    .created, .starting, .running, .restarting, .stopping(then: .stay), .stopping(then: .start),
    .stopping(then: .remove), .exited, .removing, .dead, .removed,
  ]

  /// Short names of the states, in the order of `states`; `!` is a refusal that changes nothing.
  static let table: [(event: Machine.Event, next: String)] = [
    (.startRequested, "S ! R r ! ! ! S ! ! !"),
    (.started, "C R R r s t v E V D X"),
    (.startFailed(code: 127, error: "no", at: now), "C C R r s t v E V D X"),
    (.stopRequested(signal: nil, timeout: nil), "C ! s s ! ! ! E ! ! !"),
    (.restartRequested(signal: nil, timeout: nil), "S ! t t ! ! ! S ! ! !"),
    (.policyRestartDue, "C S R r s t v S V D X"),
    (.killRequested(signal: 9), "! ! s s ! ! ! ! ! ! !"),
    (.killRequested(signal: 15), "! ! R ! ! ! ! ! ! ! !"),
    (.removeRequested(force: false), "V ! ! ! ! ! ! V ! V !"),
    (.removeRequested(force: true), "V ! v v ! ! ! V ! V !"),
    (.observed(up, at: now), "R S R R s t v R V D X"),
    (.observed(.absent, at: now), "C S E E s t v E V D X"),
    (.observed(.exited(exit, restartCount: 0), at: now), "C S E E s t v E V D X"),
    (.observed(.restarting(last: exit, restartCount: 2), at: now), "r S r r s t v r V D X"),
    (.stopReturned(.exited(exit, restartCount: 0), at: now), "C S R r E S V E V D X"),
    (.stopReturned(.absent, at: now), "C S R r E S V E V D X"),
    (.stopReturned(up, at: now), "C S R r R R R E V D X"),
    (.removed, "C S R r s t v E X D X"),
    (.removeFailed, "C S R r s t v E D D X"),
  ]

  static func letter(_ state: Machine.State) -> String {
    switch state {
    case .created: "C"
    case .starting: "S"
    case .running: "R"
    case .restarting: "r"
    case .stopping(.stay): "s"
    case .stopping(.start): "t"
    case .stopping(.remove): "v"
    case .exited: "E"
    case .removing: "V"
    case .dead: "D"
    case .removed: "X"
    }
  }

  @Test(arguments: 0..<ContainerMachineTests.table.count)
  func everyEventInEveryStateGoesWhereTheTableSays(row: Int) throws {
    let (event, next) = Self.table[row]
    let wanted = next.split(separator: " ").map(String.init)
    try #require(wanted.count == Self.states.count)
    for (state, wanted) in zip(Self.states, wanted) {
      var machine = try Self.machine(state)
      let before = machine
      do {
        _ = try machine.handle(event)
        #expect(Self.letter(machine.state) == wanted, "\(event) in \(state)")
      } catch {
        #expect(wanted == "!", "\(event) in \(state): \(error)")
        #expect(machine == before)
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test func aLifeReadsAsATrace() throws {
    var machine = Machine(created: .sample())
    var record = machine.record
    record.desired = .running
    #expect(try machine.handle(.startRequested) == [.persist(record), .mountRoot, .launch])
    #expect(try machine.handle(.started) == [])
    record.desired = .stopped
    #expect(
      try machine.handle(.stopRequested(signal: 2, timeout: .seconds(3)))
        == [.stop(signal: 2, timeout: .seconds(3))])
    record.lastExit = Machine.exitRecord(Self.exit)
    #expect(
      try machine.handle(.stopReturned(.exited(Self.exit, restartCount: 0), at: Self.now))
        == [.persist(record), .cleanUp, .unmount])
    #expect(try machine.handle(.removeRequested(force: false)) == [.cleanUp, .unmount, .removeFiles])
    #expect(try machine.handle(.removed) == [])
    #expect(machine.state == .removed)
  }

  @Test func aStopIsRecordedFirstWhereAPolicyWouldStartItAgain() throws {
    for policy in [RestartKind.no, .always, .unlessStopped, .onFailure] {
      var machine = Machine(created: .sample { $0.spec.restart = RestartPolicy(kind: policy) })
      _ = try machine.handle(.startRequested)
      _ = try machine.handle(.started)
      var killed = machine
      let stop = try machine.handle(.stopRequested(signal: nil, timeout: nil))
      let kill = try killed.handle(.killRequested(signal: 9))
      let first = policy == .no ? [] : [Machine.Action.persist(machine.record)]
      #expect(machine.record.desired == .stopped)
      #expect(stop == first + [.stop(signal: nil, timeout: nil)])
      #expect(kill == first + [.stop(signal: 9, timeout: .zero)])
    }
  }

  @Test func aFailedFirstStartLeavesItCreatedAndAFailedLaterStartExited() throws {
    var fresh = try Self.machine(.starting)
    let actions = try fresh.handle(.startFailed(code: 127, error: "not found", at: Self.now))
    #expect(actions.count == 3 && actions.first == .cleanUp)
    #expect(fresh.state == .created)
    #expect(fresh.record.desired == .neverStarted)
    #expect(fresh.record.lastExit?.code == 127)

    var later = try Self.machine(.exited)
    _ = try later.handle(.startRequested)
    _ = try later.handle(.startFailed(code: 128, error: "busy", at: Self.now))
    #expect(later.state == .exited)
    #expect(later.record.desired == .running)
  }

  @Test func aContainerThatRemovesItselfGoesAtItsEndAndAfterAFailedStart() throws {
    var running = try Self.machine(.running, autoRemove: true)
    #expect(
      try running.handle(.observed(.exited(Self.exit, restartCount: 0), at: Self.now))
        == [.cleanUp, .unmount, .removeFiles])
    #expect(running.record.lastExit?.code == 3)
    var failing = try Self.machine(.starting, autoRemove: true)
    #expect(
      try failing.handle(.startFailed(code: 127, error: "no", at: Self.now)) == [
        .cleanUp, .unmount, .removeFiles,
      ])
  }

  @Test func aForcedRemovalWritesNothing() throws {
    var machine = try Self.machine(.running)
    #expect(try machine.handle(.removeRequested(force: true)) == [.stop(signal: 9, timeout: .zero)])
    #expect(
      try machine.handle(.stopReturned(.exited(Self.exit, restartCount: 0), at: Self.now))
        == [.cleanUp, .unmount, .removeFiles])
  }

  @Test func aRestartBringsItUpEvenIfItRemovesItself() throws {
    var machine = try Self.machine(.stopping(then: .start), autoRemove: true)
    let actions = try machine.handle(.stopReturned(.exited(Self.exit, restartCount: 0), at: Self.now))
    #expect(actions.first == .cleanUp && actions.last == .launch)
    #expect(machine.state == .starting)
  }

  @Test func aPolicyRestartCounts() throws {
    var machine = try Self.machine(.exited)
    _ = try machine.handle(.policyRestartDue)
    _ = try machine.handle(.started)
    #expect(machine.record.restartCount == 1)
    _ = try machine.handle(.observed(.exited(Self.exit, restartCount: 0), at: Self.now))
    _ = try machine.handle(.policyRestartDue)
    #expect(machine.record.restartCount == 2)
    // A stop while it waits has the last word.
    _ = try machine.handle(.startFailed(code: 1, error: "", at: Self.now))
    _ = try machine.handle(.stopRequested(signal: nil, timeout: nil))
    #expect(try machine.handle(.policyRestartDue) == [])
  }

  @Test func anExitThatIsRecordedIsNotRecordedAgainByOneWhoKnowsLess() throws {
    let record = ContainerRecord.sample {
      $0.desired = .stopped
      $0.lastExit = Machine.exitRecord(Self.exit)
      $0.lastExit?.startedAt = Timestamp(nanoseconds: 1)
      $0.lastExit?.outOfMemory = true
    }
    var less = Self.exit
    less.startedAt = nil
    less.outOfMemory = false
    var (machine, actions) = Machine.recovered(
      record, observation: .exited(less, restartCount: 0), at: Self.now)
    #expect(actions == [.cleanUp, .unmount])
    #expect(machine.record == record)
    #expect(try machine.handle(.observed(.exited(less, restartCount: 0), at: Self.now)) == [])
    // The hook's moment is a little later than systemd's.
    var later = Self.exit
    later.startedAt = Timestamp(nanoseconds: 1)
    later.finishedAt = Timestamp(nanoseconds: Self.exit.finishedAt.nanoseconds + 5)
    #expect(try machine.handle(.observed(.exited(later, restartCount: 0), at: Self.now)) == [])
    // Another exit is another.
    less.finishedAt = Timestamp(nanoseconds: Self.exit.finishedAt.nanoseconds + 1)
    _ = try machine.handle(.observed(.exited(less, restartCount: 0), at: Self.now))
    #expect(machine.record.lastExit == Machine.exitRecord(less))
  }

  // MARK: Recovery

  struct Recovery: Sendable, CustomStringConvertible {
    var desired: DesiredState
    var last: ExitRecord?
    var autoRemove = false
    var observation: Observation
    var state: Machine.State
    var actions: Int
    var code: UInt64?
    var description: String { "\(desired) \(observation)" }
  }

  static let recoveries: [Recovery] = [
    .init(desired: .neverStarted, observation: .absent, state: .created, actions: 0),
    .init(desired: .running, observation: up, state: .running, actions: 0),
    .init(desired: .stopped, observation: up, state: .running, actions: 0),
    .init(desired: .neverStarted, observation: up, state: .running, actions: 0),
    .init(
      desired: .neverStarted, observation: .exited(exit, restartCount: 0), state: .created, actions: 2),
    // Power cut while it ran, or between the record and the launch.
    .init(desired: .running, observation: .absent, state: .exited, actions: 3, code: 255),
    .init(desired: .stopped, observation: .absent, state: .exited, actions: 3, code: 255),
    .init(
      desired: .running, last: Machine.exitRecord(exit), observation: .absent, state: .exited, actions: 2,
      code: 3),
    .init(
      desired: .running, observation: .exited(exit, restartCount: 0), state: .exited, actions: 3, code: 3),
    // Recorded already: only the clean-up is repeated.
    .init(
      desired: .stopped, last: Machine.exitRecord(exit), observation: .exited(exit, restartCount: 0),
      state: .exited, actions: 2, code: 3),
    .init(desired: .running, autoRemove: true, observation: .absent, state: .removing, actions: 3, code: 255),
    .init(
      desired: .running, last: Machine.exitRecord(exit), autoRemove: true, observation: .absent,
      state: .removing,
      actions: 3, code: 3),
    .init(
      desired: .running, observation: .restarting(last: exit, restartCount: 4), state: .restarting, actions: 0
    ),
  ]

  @Test(arguments: recoveries)
  func aNewDaemonDerivesTheStateFromRecordAndObservation(_ row: Recovery) {
    let record = ContainerRecord.sample {
      $0.desired = row.desired
      $0.lastExit = row.last
      $0.spec.autoRemove = row.autoRemove
    }
    let (machine, actions) = Machine.recovered(record, observation: row.observation, at: Self.now)
    #expect(machine.state == row.state)
    #expect(actions.count == row.actions)
    #expect(machine.record.lastExit?.code == row.code)
  }

  @Test(arguments: states)
  func everyStateCanBeLeftAgain(_ state: Machine.State) throws {
    // C9: whatever was under way when the daemon was killed, the next one can start, stop and remove it.
    let record = try Self.machine(state).record
    for observation in [Observation.absent, Self.up, .exited(Self.exit, restartCount: 0)] {
      var (machine, _) = Machine.recovered(record, observation: observation, at: Self.now)
      if machine.state == .removing { continue }
      _ = try machine.handle(.removeRequested(force: true))
      if case .stopping = machine.state { _ = try machine.handle(.stopReturned(.absent, at: Self.now)) }
      #expect(machine.state == .removing)
    }
  }

  @Test func onlyTheStartOfOneThatIsWantedAlreadyCanDoWithoutItsRecord() throws {
    func isKnown(_ restart: RestartKind?, _ events: [Machine.Event]) throws -> Bool {
      var machine = Machine(created: .sample { $0.spec.restart = restart.map { RestartPolicy(kind: $0) } })
      for event in events { _ = try machine.handle(event) }
      return machine.isStartKnown
    }
    let ended: [Machine.Event] = [.startRequested, .started, .observed(.absent, at: Self.now)]
    let stopped: [Machine.Event] = [
      .startRequested, .started, .stopRequested(signal: nil, timeout: nil),
      .stopReturned(.absent, at: Self.now),
    ]
    #expect(try isKnown(nil, ended + [.startRequested]))
    #expect(try isKnown(.always, stopped + [.startRequested]))
    #expect(try !isKnown(.unlessStopped, stopped + [.startRequested]))
    #expect(try !isKnown(.always, [.startRequested]))
    #expect(try !isKnown(.always, ended))
    #expect(try !isKnown(.always, ended + [.startRequested, .started]))
  }
}
