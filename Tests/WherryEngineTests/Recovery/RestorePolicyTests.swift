import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct RestorePolicyTests {
  static func record(
    _ kind: RestartKind?, desired: DesiredState = .running, code: UInt64? = 255, retries: UInt64? = nil,
    count: UInt64? = nil
  ) -> ContainerRecord {
    .sample { record in
      record.spec.restart = kind.map { RestartPolicy(kind: $0, maximumRetries: retries) }
      record.desired = desired
      record.lastExit = code.map { ExitRecord(code: $0, finishedAt: Timestamp(nanoseconds: 1)) }
      record.restartCount = count
    }
  }

  @Test func aBootBringsBackWhatDockersDaemonWould() {
    let should: [(ContainerRecord, Bool)] = [
      (Self.record(nil), false), (Self.record(.no), false), (Self.record(.always), true),
      (Self.record(.always, desired: .stopped), true), (Self.record(.always, desired: .neverStarted), false),
      (Self.record(.unlessStopped), true), (Self.record(.unlessStopped, desired: .stopped), false),
      (Self.record(.onFailure), true), (Self.record(.onFailure, code: 0), false),
      (Self.record(.onFailure, desired: .stopped), false),
      (Self.record(.onFailure, retries: 2, count: 2), false),
      (Self.record(.onFailure, retries: 2, count: 1), true),
    ]
    for (index, (record, expected)) in should.enumerated() {
      #expect(RestorePolicy.shouldStart(record) == expected, "case \(index)")
    }
  }

  @Test func policiesRestartAfterAnExit() {
    #expect(RestorePolicy.shouldRestart(Self.record(.always, code: 0)))
    #expect(RestorePolicy.shouldRestart(Self.record(.unlessStopped, code: 1)))
    #expect(!RestorePolicy.shouldRestart(Self.record(.always, desired: .stopped)))
    #expect(!RestorePolicy.shouldRestart(Self.record(.onFailure, code: 0)))
    #expect(RestorePolicy.shouldRestart(Self.record(.onFailure, code: 1, retries: 1)))
    #expect(!RestorePolicy.shouldRestart(Self.record(.onFailure, code: 1, retries: 1, count: 1)))
    #expect(!RestorePolicy.shouldRestart(Self.record(.always, code: nil)))
  }

  @Test func thePauseDoublesUpToAMinuteAndStartsAgainAfterALongRun() {
    var backoff = RestartBackoff()
    #expect(backoff.delay(afterRunning: nil) == .milliseconds(100))
    #expect(backoff.delay(afterRunning: .seconds(1)) == .milliseconds(200))
    for _ in 0..<20 { _ = backoff.delay(afterRunning: nil) }
    #expect(backoff.delay(afterRunning: nil) == .seconds(60))
    #expect(backoff.delay(afterRunning: .seconds(10)) == .milliseconds(100))
  }
}
