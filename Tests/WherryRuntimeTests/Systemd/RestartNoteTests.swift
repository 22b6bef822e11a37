import Testing
import WherryEngine
import WherryModel

@testable import WherryRuntime

@Suite struct RestartNoteTests {
  private static let second: UInt64 = 1_000_000_000

  @Test func pausesGrowFromOneHookToTheNext() {
    var note = RestartNote()
    var pauses: [Duration] = []
    for end in 1...12 {
      note.ended(at: Timestamp(nanoseconds: UInt64(end) * Self.second), ran: .seconds(1))
      pauses.append(note.pause)
      note = RestartNote(note.text)
    }
    #expect(
      pauses
        == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000].map {
          .milliseconds($0)
        })
    #expect(note.ends == 12)
    #expect(note.due == Timestamp(nanoseconds: 72 * Self.second))
  }

  @Test func aRunOfTenSecondsBeginsAnewAndOneThatNeverRanDoesNot() {
    var note = RestartNote()
    for _ in 0..<3 { note.ended(at: Timestamp(nanoseconds: 1), ran: nil) }
    #expect(note.pause == .milliseconds(400))
    note.ended(at: Timestamp(nanoseconds: 1), ran: .seconds(10))
    #expect(note.pause == .milliseconds(100))
  }

  @Test func theRestOfAPauseIsBoundedWhateverTheClockDoes() {
    var note = RestartNote()
    note.ended(at: Timestamp(nanoseconds: 100 * Self.second), ran: nil)
    #expect(note.remaining(at: Timestamp(nanoseconds: 100 * Self.second)) == .milliseconds(100))
    #expect(note.remaining(at: Timestamp(nanoseconds: 100 * Self.second + 60_000_000)) == .milliseconds(40))
    #expect(note.remaining(at: Timestamp(nanoseconds: 200 * Self.second)) == .zero)
    // Set back by a minute and more.
    #expect(note.remaining(at: Timestamp(nanoseconds: 1)) == .milliseconds(100))
  }

  @Test(arguments: ["", "ends=x\nnext=-1", "pause=99999999999999999999", "\u{0}"])
  func aDamagedNoteBeginsAnew(_ text: String) { #expect(RestartNote(text) == RestartNote()) }

  @Test func aNoteOutOfBoundsIsBroughtWithinThem() {
    #expect(RestartNote("pause=999999999999\nnext=999999999999").pause == RestartBackoff.longest)
  }

  @Test(
    arguments: [
      (.no, 1, 0, false), (.always, 0, 99, true), (.unlessStopped, 0, 0, true),
      (.onFailure(maximumRetries: nil), 1, 99, true), (.onFailure(maximumRetries: nil), 0, 0, false),
      (.onFailure(maximumRetries: 3), 1, 2, true), (.onFailure(maximumRetries: 3), 1, 3, false),
    ] as [(RestartRule, UInt8, UInt64, Bool)])
  func policiesAreDockers(rule: RestartRule, code: UInt8, restarts: UInt64, expected: Bool) {
    var note = ExitNote(code: code, finishedAt: Timestamp(nanoseconds: 1))
    note.restarts = restarts
    #expect(ContainerExited.restarts(rule, note) == expected)
  }
}
