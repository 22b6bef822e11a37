import Testing
import WherryEngine
import WherryLinux
import WherryModel

@testable import WherryRuntime

/// Real containers, with conmon and runc.
@Suite(
  .enabled(if: BareMachine.missing == nil, Comment(rawValue: BareMachine.missing ?? "")), .serialized,
  .timeLimit(.minutes(2)))
struct ConmonSupervisorTests {
  let machine: BareMachine

  init() throws { machine = try BareMachine() }

  private func lines(_ id: ContainerID, _ query: LogQuery = LogQuery()) async throws -> [LogLine] {
    var lines: [LogLine] = []
    for try await line in machine.supervisor.logs(id, query) { lines.append(line) }
    return lines
  }

  @Test func aContainerRunsAndOutlivesItsDaemon() async throws {
    let launch = try machine.launch("sh", "-c", "echo up; echo no >&2; exec sleep 100")
    try await machine.supervisor.start(launch)
    // Every call makes a new supervisor, as a restarted daemon does.
    guard case .running(let pid, _, _) = try await machine.supervisor.observe(launch.id) else {
      Issue.record("not running")
      return
    }
    #expect(try ProcessIdentity.of(pid) != nil)
    try await machine.supervisor.stop(launch.id, signal: 15, timeout: .milliseconds(200))
    guard case .exited(let exit, _) = try await machine.supervisor.observe(launch.id) else {
      Issue.record("not stopped")
      return
    }
    // The first process of a PID namespace ignores SIGTERM unless it handles it.
    #expect(exit.code == 137)
    #expect(exit.startedAt != nil)
    let output = try await lines(launch.id)
    #expect(output.filter { $0.stream == .stdout }.flatMap(\.data) == Array("up\n".utf8))
    #expect(output.filter { $0.stream == .stderr }.flatMap(\.data) == Array("no\n".utf8))
    try await machine.tearDown(launch)
    #expect(try await machine.supervisor.observe(launch.id) == .absent)
  }

  @Test func noByteOfAProcessThatEndsAtOnceIsLost() async throws {
    for _ in 0..<5 {
      let launch = try machine.launch("sh", "-c", "seq 2000; exit 3")
      let session = try await machine.supervisor.startAttached(launch)
      let (out, _) = try await session.collected()
      #expect(out == Array((1...2000).map { "\($0)\n" }.joined().utf8))
      #expect(try await session.exit().code == 3)
      let logged = try await lines(launch.id).flatMap(\.data)
      #expect(logged == out)
      #expect(try await lines(launch.id, LogQuery(tail: 2)).flatMap(\.data) == Array("1999\n2000\n".utf8))
      try await machine.tearDown(launch)
    }
  }

  @Test func inputComesBackByteForByte() async throws {
    let launch = try machine.launch("cat", openStdin: true)
    let session = try await machine.supervisor.startAttached(launch)
    let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
    async let received = session.collected()
    for start in stride(from: 0, to: sent.count, by: 10_007) {
      try await session.writeInput(Array(sent[start..<min(start + 10_007, sent.count)]))
    }
    try await session.closeInput()
    #expect(try await received.out == sent)
    #expect(try await session.exit().code == 0)
    try await machine.tearDown(launch)
  }

  @Test func aSlowReaderLosesNothingAndHoldsTheProcessBack() async throws {
    let launch = try machine.launch("sh", "-c", "head -c 3000000 /proc/self/exe | wc -c >&2; seq 300000")
    let session = try await machine.supervisor.startAttached(launch)
    try await Task.sleep(for: .milliseconds(500))
    let (out, _) = try await session.collected()
    #expect(out.count == (1...300_000).reduce(0) { $0 + "\($1)\n".utf8.count })
    try await machine.tearDown(launch)
  }

  @Test(arguments: [
    ("/nonexistent", WherryError.Code.commandNotFound), ("nonexistent", .commandNotFound),
    ("/tmp", .commandNotExecutable),
  ]) func commandsThatCannotRunAreRefusedAndLeaveNothing(command: String, code: WherryError.Code) async throws
  {
    let launch = try machine.launch(command)
    let error = await #expect(throws: WherryError.self) { try await machine.supervisor.start(launch) }
    #expect(error?.code == code)
    #expect(try await machine.supervisor.observe(launch.id) == .absent)
    let attached = await #expect(throws: WherryError.self) {
      _ = try await machine.supervisor.startAttached(launch)
    }
    #expect(attached?.code == code)
    try await machine.tearDown(launch)
  }

  @Test func execIsAProcessOfTheContainer() async throws {
    let launch = try machine.launch("sleep", "100")
    let supervisor = machine.supervisor
    try await supervisor.start(launch)
    let session = try await supervisor.exec(
      launch.id,
      ExecLaunch(process: machine.process(["sh", "-c", "cat; echo e >&2; exit 9"]), openStdin: true))
    async let received = session.collected()
    try await session.writeInput(Array("in\0put".utf8))
    try await session.closeInput()
    let (out, err) = try await received
    #expect(out == Array("in\0put".utf8))
    #expect(err == Array("e\n".utf8))
    #expect(try await session.exit().code == 9)
    let failing = try await supervisor.exec(
      launch.id, ExecLaunch(process: machine.process(["/nonexistent"]), openStdin: false))
    let said = try await failing.collected().err
    #expect(String(decoding: said, as: UTF8.self).contains("/nonexistent"))
    #expect(try await failing.exit().code == 127)
    try await machine.tearDown(launch)
  }

  @Test func anExecThatIsLetGoEnds() async throws {
    let launch = try machine.launch("sleep", "100")
    let supervisor = machine.supervisor
    try await supervisor.start(launch)
    let session = try await supervisor.exec(
      launch.id, ExecLaunch(process: machine.process(["sleep", "100"]), openStdin: false))
    await session.detach()
    _ = try await session.exit()
    try await machine.tearDown(launch)
  }

  @Test func followedLogsEndWithTheContainer() async throws {
    let launch = try machine.launch("sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done")
    try await machine.supervisor.start(launch)
    let followed = try await lines(launch.id, LogQuery(follow: true))
    #expect(followed.flatMap(\.data) == Array("1\n2\n3\n".utf8))
    try await machine.tearDown(launch)
  }

  @Test func aLogThatIsALinkIsNotRead() async throws {
    let launch = try machine.launch("true")
    try await machine.supervisor.start(launch)
    _ = try await machine.supervisor.nextExit(launch.id)
    let path = machine.supervisor.logPath(launch.id)
    try Files.unlink(path)
    try Files.makeSymbolicLink(path, to: "/etc/passwd")
    await #expect(throws: (any Error).self) { _ = try await lines(launch.id) }
    try await machine.tearDown(launch)
  }

  @Test func anEndThatNobodyWatchedIsKnown() async throws {
    let launch = try machine.launch("sh", "-c", "exit 42")
    try await machine.supervisor.start(launch)
    #expect(try await machine.supervisor.nextExit(launch.id).code == 42)
    #expect(try await machine.supervisor.nextExit(launch.id).code == 42)
    let error = await #expect(throws: WherryError.self) {
      try await machine.supervisor.signal(launch.id, 15)
    }
    #expect(error?.code == .failedPrecondition)
    try await machine.tearDown(launch)
  }
}
