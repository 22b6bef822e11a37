import Testing
import WherryEngine
import WherryModel
import WherryWire

struct ExplanationTests {
  private static let second: UInt64 = 1_000_000_000

  private static func at(_ seconds: UInt64) -> Timestamp { Timestamp(nanoseconds: seconds * second) }

  private static func snapshot(
    _ state: ContainerState, code: UInt64? = nil, desired: DesiredState = .running, oom: Bool = false,
    error: String? = nil, restarts: UInt64 = 0, policy: RestartPolicy? = nil, health: Health? = nil
  ) -> ContainerSnapshot {
    var spec = ContainerSpec(image: "alpine")
    spec.restart = policy
    spec.resources = Resources(memory: 64 << 20)
    let record = ContainerRecord(
      id: String(repeating: "a", count: 64), name: "web", spec: spec, imageID: "sha256:1", layers: [],
      created: at(1), arguments: ["run"], environment: [], workingDirectory: "/", user: "",
      stopSignal: "SIGTERM", desired: desired, image: "alpine")
    var snapshot = ContainerSnapshot(record: record, operation: nil, observation: .absent)
    snapshot.state = state
    snapshot.restartCount = restarts
    snapshot.startedAt = at(50)
    snapshot.exit = code.map {
      ExitRecord(code: $0, finishedAt: at(98), outOfMemory: oom ? true : nil, error: error)
    }
    snapshot.health = health
    return snapshot
  }

  private static let sick = Health(
    state: .unhealthy, failingStreak: 3,
    log: [HealthProbe(startedAt: at(90), endedAt: at(91), exitCode: 1, output: "a\nno answer\n")])

  @Test(
    arguments: [
      (
        snapshot(.restarting, code: 139), at(103), true,
        "web is restarting: it ended with exit code 139 (SIGSEGV, segmentation fault) 2 s ago and starts again in 3 s"
      ),
      (
        snapshot(.exited, code: 137, oom: true), nil, true,
        "web is not running: it was killed for memory 2 s ago (limit 64 MiB)"
      ),
      (
        snapshot(.exited, code: 127), nil, true,
        "web is not running: it ended with exit code 127 (command not found) 2 s ago"
      ),
      (
        snapshot(.exited, code: 143, desired: .stopped), nil, true,
        "web was stopped by a user: it ended with exit code 143 (SIGTERM, terminated) 2 s ago"
      ),
      (
        snapshot(.exited, code: 1, restarts: 3, policy: RestartPolicy(kind: .onFailure, maximumRetries: 3)),
        nil, true,
        "web is not running: its limit of 3 restarts is reached, it ended with exit code 1 2 s ago"
      ),
      (
        snapshot(.exited, code: 0), nil, false,
        "web is not running, and its image alpine is missing: it ended by itself with exit code 0 2 s ago"
      ),
      (snapshot(.created, desired: .neverStarted), nil, true, "web was created and never started"),
      (
        snapshot(.created, code: 127, error: "no such file"), nil, true,
        "web could not be started: no such file"
      ),
      (snapshot(.paused), nil, true, "web is paused: wherry unpause web lets it go on"),
      (snapshot(.running), nil, true, "web is running for 50 s"),
      (
        snapshot(.running, health: sick), nil, true,
        "web is running for 50 s and unhealthy: 3 probes in a row failed, the last probe failed with exit code 1: no answer"
      ),
      (snapshot(.removing), nil, true, "web is being removed"),
    ] as [(ContainerSnapshot, Timestamp?, Bool, String)])
  func factsBecomeAnAnswer(snapshot: ContainerSnapshot, next: Timestamp?, hasImage: Bool, answer: String) {
    let explanation = Explanation(
      .init(snapshot: snapshot, nextStart: next, hasImage: hasImage, now: Self.at(100)))
    #expect(explanation.answer == answer)
    #expect(explanation.facts.first?.key == "state")
  }

  @Test func whatAProbeSaysIsNoControlSequence() {
    var health = Self.sick
    health.log[0].output = "\u{1b}[2J\n"
    let explanation = Explanation(
      .init(snapshot: Self.snapshot(.running, health: health), now: Self.at(100)))
    #expect(!explanation.answer.unicodeScalars.contains("\u{1b}"))
  }

  @Test(arguments: [
    (125, "engine"), (126, "executed"), (127, "not found"), (137, "SIGKILL"), (139, "SIGSEGV"),
  ])
  func codesHaveAMeaning(code: UInt64, text: String) {
    #expect(ExitMeaning.text(code)?.contains(text) == true)
    #expect(ExitMeaning.text(3) == nil)
  }
}
