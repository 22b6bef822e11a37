import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct FiltersTests {
  let record = ContainerRecord.sample { $0.spec.labels = ["tier": "front", "x": ""] }

  @Test(
    arguments: [
      (["name": ["we"]], true), (["name": ["^we$"]], false), (["name": ["^web$"]], true),
      (["name": ["/web"]], true),
      (["name": ["db", "web"]], true), (["id": ["0a0a"]], true), (["id": ["a0"]], false),
      (["label": ["tier"]], true), (["label": ["tier=front", "x"]], true), (["label": ["tier=back"]], false),
      (["label": ["tier", "y"]], false), (["ancestor": ["alpine"]], true), (["ancestor": ["other"]], false),
      (["network": ["none"]], true), (["network": ["host"]], false), ([:], true),
    ] as [([String: [String]], Bool)])
  func recordsMatch(_ values: [String: [String]], _ expected: Bool) throws {
    #expect(try ContainerFilters(values).matches(record, ancestorIDs: []) == expected)
  }

  @Test func anAncestorMatchesByID() throws {
    let filters = try ContainerFilters(["ancestor": ["other:tag"]])
    #expect(filters.matches(record, ancestorIDs: [record.imageID]))
  }

  @Test func stateAndExitCodeMatchTheSnapshot() throws {
    let ended = ContainerRecord.sample {
      $0.desired = .stopped
      $0.lastExit = ExitRecord(code: 7, finishedAt: Timestamp(nanoseconds: 9))
    }
    let snapshot = ContainerSnapshot(record: ended, operation: nil, observation: .absent)
    #expect(try ContainerFilters(["status": ["exited"]]).matches(snapshot))
    #expect(try !ContainerFilters(["status": ["running", "created"]]).matches(snapshot))
    #expect(try ContainerFilters(["exited": ["0", "7"]]).matches(snapshot))
    #expect(try !ContainerFilters(["exited": ["0"]]).matches(snapshot))
  }

  @Test(arguments: [["colour": ["red"]], ["status": ["gone"]], ["exited": ["256"]], ["exited": ["x"]]])
  func unknownFiltersAreRefused(_ values: [String: [String]]) {
    #expect(code(of: { try ContainerFilters(values) }) == .invalidArgument)
  }
}

@Suite struct SnapshotTests {
  let exit = Exit(code: 2, startedAt: Timestamp(nanoseconds: 3), finishedAt: Timestamp(nanoseconds: 4))
  let running = Observation.running(pid: 5, startedAt: Timestamp(nanoseconds: 3), restartCount: 0)

  func state(
    _ desired: DesiredState, _ observation: Observation, _ operation: ContainerMachine.State? = nil,
    pending: Bool = false
  ) -> ContainerState {
    ContainerSnapshot(
      record: .sample { $0.desired = desired }, operation: operation, observation: observation,
      isRestartPending: pending
    ).state
  }

  @Test func theStateIsDerived() {
    #expect(state(.neverStarted, .absent) == .created)
    #expect(state(.running, running) == .running)
    #expect(state(.running, .absent) == .exited)
    #expect(state(.running, .exited(exit, restartCount: 0)) == .exited)
    #expect(state(.running, .exited(exit, restartCount: 0), .exited, pending: true) == .restarting)
    #expect(state(.running, .restarting(last: exit, restartCount: 1)) == .restarting)
    #expect(state(.running, .absent, .starting) == .created)
    #expect(state(.stopped, running, .stopping(then: .stay)) == .running)
    #expect(state(.stopped, .absent, .removing) == .removing)
    #expect(state(.stopped, .absent, .dead) == .dead)
    #expect(state(.neverStarted, .exited(exit, restartCount: 0)) == .created)
  }

  @Test func aLostExitIs255WithoutATime() {
    let snapshot = ContainerSnapshot(
      record: .sample { $0.desired = .running }, operation: nil, observation: .absent)
    #expect(snapshot.exit?.code == 255)
    #expect(snapshot.finishedAt == nil)
  }
}
