import Testing
import WherryEngine
import WherryModel
import WherrySystemd

@testable import WherryRuntime

@Suite struct UnitObservationTests {
  private var note: ExitNote {
    var note = ExitNote(code: 3, finishedAt: Timestamp(nanoseconds: 2_000))
    note.restarts = 2
    return note
  }

  private func observe(
    _ active: String, _ sub: String, pid: UInt32 = 0, restarts: UInt32 = 0, note: ExitNote? = nil,
    process: Int32? = nil
  ) -> Observation {
    UnitObservation.observation(
      unit: UnitStatus(
        activeState: active, subState: sub, mainPID: pid, mainStarted: 1, restarts: restarts),
      note: note, process: process)
  }

  @Test func nothingKnownIsAbsent() {
    #expect(UnitObservation.observation(unit: nil, note: nil, process: nil) == .absent)
  }

  @Test func aForgottenUnitHasEndedAsItsNoteSays() {
    #expect(
      UnitObservation.observation(unit: nil, note: note, process: nil) == .exited(note.exit, restartCount: 2))
  }

  @Test func anActiveUnitRuns() {
    let started = Timestamp(nanoseconds: 1_000)
    #expect(
      observe("active", "running", pid: 42, restarts: 1)
        == .running(pid: 42, startedAt: started, restartCount: 1))
    #expect(
      observe("active", "running", pid: 42, process: 43)
        == .running(pid: 43, startedAt: started, restartCount: 0))
  }

  @Test func betweenTwoRunsItIsRestarting() {
    #expect(
      observe("activating", "auto-restart", restarts: 1, note: note)
        == .restarting(last: note.exit, restartCount: 1))
    #expect(
      observe("activating", "start", restarts: 1, note: note)
        == .restarting(last: note.exit, restartCount: 1))
  }

  @Test func onItsFirstWayUpItIsAbsent() { #expect(observe("activating", "start") == .absent) }

  @Test func anEndThatIsNotedBeforeTheBeginningIsWaitedFor() {
    #expect(
      observe("activating", "start", note: note)
        == .running(pid: 0, startedAt: Timestamp(nanoseconds: 1_000), restartCount: 0))
  }

  /// The health check's timer is made after the start; a short container has ended by then.
  @Test func untilItsEndIsNotedItRuns() {
    for pid: UInt32 in [0, 42] {
      #expect(
        observe("activating", "start-post", pid: pid)
          == .running(pid: Int32(pid), startedAt: Timestamp(nanoseconds: 1_000), restartCount: 0))
    }
  }

  @Test func whileItsProcessIsBeingStoppedItRuns() {
    #expect(
      observe("deactivating", "stop-sigterm", pid: 42)
        == .running(pid: 42, startedAt: Timestamp(nanoseconds: 1_000), restartCount: 0))
  }

  @Test func withItsHookRunningItHasEnded() {
    #expect(observe("deactivating", "stop-post", note: note) == .exited(note.exit, restartCount: 2))
  }

  @Test(arguments: [
    ("always", "success", Int32(0)), ("on-failure", "exit-code", 1), ("on-failure", "success", 15),
  ]) func whatIsAboutToBeStartedAgainHasNotEnded(policy: String, result: String, status: Int32) {
    let unit = UnitStatus(
      activeState: "deactivating", subState: "stop-post", result: result, mainCode: status == 15 ? 2 : 1,
      mainStatus: status, mainStarted: 1, mainExited: 2, restartPolicy: policy)
    #expect(
      UnitObservation.observation(unit: unit, note: note, process: nil)
        == .restarting(last: note.exit, restartCount: 0))
  }

  @Test func aCleanEndIsTheEndOfOnFailure() {
    let unit = UnitStatus(
      activeState: "deactivating", subState: "stop-post", mainCode: 1, mainStarted: 1, mainExited: 2,
      restartPolicy: "on-failure")
    #expect(
      UnitObservation.observation(unit: unit, note: note, process: nil) == .exited(note.exit, restartCount: 2)
    )
  }

  @Test func withoutANoteSystemdSaysHowItEnded() {
    let unit = UnitStatus(
      activeState: "failed", subState: "failed", result: "signal", mainCode: 2, mainStatus: 9, mainStarted: 1,
      mainExited: 2)
    let exit = Exit(
      code: 137, startedAt: Timestamp(nanoseconds: 1_000), finishedAt: Timestamp(nanoseconds: 2_000))
    #expect(
      UnitObservation.observation(unit: unit, note: nil, process: nil) == .exited(exit, restartCount: 0))
  }
}
