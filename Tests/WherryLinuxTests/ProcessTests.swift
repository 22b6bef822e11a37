import Glibc
import Testing
import WherryLinux
import WherryModel

@Suite struct ProcessTests {
  @Test func theNameOfAProcessMayHoldAnything() {
    let facts = ProcessFacts.parse("12 (a) R 1 (b)) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 0")
    #expect(facts == ProcessFacts(state: "S", parent: 7, startTime: 4242))
    #expect(ProcessFacts.parse("12 (a") == nil)
    #expect(ProcessFacts.parse("12 (a) S 7") == nil)
    #expect(ProcessFacts.parse("") == nil)
  }

  @Test func ownIdentityIsStableAndRuns() throws {
    let own = try #require(try ProcessIdentity.of(getpid()))
    #expect(try ProcessIdentity.of(getpid()) == own)
    #expect(try own.isRunning())
    #expect(try PIDFD.open(own) != nil)
    #expect(own.bootID.count == 36)
  }

  @Test func anotherStartTimeOrBootIsAnotherProcess() throws {
    let own = try #require(try ProcessIdentity.of(getpid()))
    var other = own
    other.startTime += 1
    #expect(try !other.isRunning())
    #expect(try PIDFD.open(other) == nil)
    other = own
    other.bootID = "00000000-0000-0000-0000-000000000000"
    #expect(try !other.isRunning())
    #expect(try PIDFD.open(other) == nil)
    other = own
    other.pid = 0
    #expect(try PIDFD.open(other) == nil)
  }

  @Test func waitingEndsWithTheProcess() async throws {
    let child = try Spawn("/bin/sleep", ["1000"]).start()
    let identity = try #require(try ProcessIdentity.of(child.pid))
    let handle = try #require(try PIDFD.open(identity))
    #expect(try !handle.hasExited())
    async let exit: Void = handle.waitForExit()
    try child.send(SIGKILL)
    try await exit
    #expect(try handle.hasExited())
    #expect(try ProcessIdentity.of(child.pid) == nil, "a zombie runs no more")
    #expect(try await child.wait() == .signalled(SIGKILL, dumpedCore: false))
    #expect(try !handle.send(SIGTERM))
    #expect(try PIDFD.open(identity) == nil)
  }

  @Test func waitingIsCancelledPromptlyAndTheProcessGoesOn() async throws {
    let child = try Spawn("/bin/sleep", ["1000"]).start()
    let task = Task { try await child.wait() }
    await Task.yield()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try child.reap() == nil)
    try child.send(SIGKILL)
    _ = try await child.wait()
  }

  @Test func aChildNobodyWaitsForIsReaped() async throws {
    let pid = try Spawn("/bin/true").start().pid
    #expect(try await eventually { try ProcessFacts.of(pid) == nil })
  }

  @Test func aStartTimeBecomesAMoment() throws {
    let own = try #require(try ProcessFacts.of(getpid()))
    let started = try ProcessFacts.timestamp(ofStartTime: own.startTime)
    let now = Timestamp.now()
    #expect(started <= now)
    #expect(now.nanoseconds - started.nanoseconds < 3_600_000_000_000)
  }
}
