import Testing
import WherryCBOR
import WherryEngine
import WherryModel
import WherryRPC

@testable import WherryRuntime

@Suite struct HookTests {
  @Test(arguments: [
    ("exited", "0", UInt8(0)), ("exited", "7", 7), ("killed", "KILL", 137), ("killed", "TERM", 143),
    ("dumped", "SEGV", 139), ("exited", "x", 255), ("killed", "NONSENSE", 255),
  ]) func codesAreAsDockerReportsThem(code: String, status: String, expected: UInt8) {
    let environment = StopEnvironment(serviceResult: "x", exitCode: code, exitStatus: status)
    #expect(environment.code == expected)
  }

  @Test func withoutAMainProcessThereIsNoCode() {
    #expect(StopEnvironment(serviceResult: "exit-code", exitCode: nil, exitStatus: nil).code == nil)
  }

  @Test func exitNotesComeBack() {
    var note = ExitNote(code: 137, finishedAt: Timestamp(nanoseconds: 5))
    note.startedAt = Timestamp(nanoseconds: 3)
    note.outOfMemory = true
    note.restarts = 4
    note.isFinal = true
    note.isTold = true
    note.error = "no such file: a=b"
    #expect(ExitNote(note.text, modified: Timestamp(nanoseconds: 9)) == note)
  }

  @Test func conmonsBareCodeIsANoteOfTheFilesTime() {
    let note = ExitNote("7\n", modified: Timestamp(nanoseconds: 9))
    var bare = ExitNote(code: 7, finishedAt: Timestamp(nanoseconds: 9))
    bare.isComplete = false
    #expect(note == bare)
  }

  @Test(arguments: [
    "", "code=", "code=300\nfinished=1", "finished=1", "code=1", "\u{0}\u{1}", "code=1\nfinished=-1",
  ])
  func damagedNotesAreNone(_ text: String) {
    #expect(ExitNote(text, modified: Timestamp(nanoseconds: 9)) == nil)
  }

  @Test func unitFactsComeBack() {
    var facts = UnitFacts(
      name: "web", runtime: RuntimeDriver(path: "/r", stateDirectory: "/s", managesCgroups: true))
    facts.usesMonitor = true
    facts.openStdin = true
    facts.terminal = true
    facts.restart = .onFailure(maximumRetries: 3)
    facts.readiness = ReadinessPlan(source: .healthy, timeout: 7)
    facts.tag = "web=1 x"
    facts.hasNoLog = true
    facts.lastingExit = "/var/lib/wherry/containers/x/exit"
    facts.stateFolder = "/var/lib/wherry"
    facts.autoRemoveSocket = "/run/wherry/wherry.sock"
    facts.hasHooks = true
    facts.seccompKey = SeccompCache.Key(String(repeating: "0a", count: 32))
    #expect(facts.seccompKey != nil)
    #expect(UnitFacts(facts.text) == facts)
    #expect(UnitFacts("name=web\n") == nil)
  }

  @Test func theRuntimesLastErrorIsFound() {
    let log = """
      {"msg":"first","level":"error"}
      {"msg":"executable file `/x` not found in $PATH: No such file or directory","level":"error"}
      {"msg":"by the way","level":"warning"}

      """
    let error = RuntimeLog.lastError(log)
    #expect(error == "executable file `/x` not found in $PATH: No such file or directory")
    #expect(RuntimeLog.lastError("") == nil)
    #expect(RuntimeLog.lastError("{\"msg\":\"w\",\"level\":\"warning\"}") == nil)
    #expect(RuntimeLog.lastError("plain words") == "plain words")
  }

  @Test(arguments: [
    ("executable file `/x` not found in $PATH: No such file or directory", WherryError.Code.commandNotFound),
    ("exec: \"/x\": stat /x: no such file or directory", .commandNotFound),
    ("exec: \"nope\": executable file not found in $PATH", .commandNotFound),
    ("open executable: Permission denied", .commandNotExecutable),
    ("open executable: Operation not permitted", .commandNotExecutable),
    ("exec: \"/etc/passwd\": permission denied", .commandNotExecutable),
    ("mount `proc` to `/proc`: Operation not permitted", .internal),
    ("chdir `/nowhere`: No such file or directory", .internal),
  ]) func runtimesWordsHaveCodes(text: String, code: WherryError.Code) {
    #expect(RuntimeFailure.code(text) == code)
  }

  @Test func theWakeUpCallIsAHelloAndOneRequest() throws {
    let bytes = DaemonWaker.request(try Sample.id())
    var frames = CBORReader(bytes)
    var hello = CBORReader(try frames.readBytes())
    #expect(try hello.readArrayHeader() == 2)
    #expect(try hello.readUInt() == Message.Kind.hello.rawValue)
    var request = CBORReader(try frames.readBytes())
    _ = try request.readArrayHeader()
    #expect(try request.readUInt() == Message.Kind.request.rawValue)
    #expect(try request.readUInt() == 1)
    #expect(try request.readUInt() == 29)
    #expect(try request.readMapHeader() == 1)
    #expect(try request.readUInt() == 1)
    #expect(try request.readText() == Sample.idText)
    try frames.requireEnd()
  }

  @Test func anAnswerIsFoundHoweverItIsCut() {
    let answer = Message.response(StreamID(rawValue: 1), result: [0xa0]).framed()
    let ping = Message.ping(7).framed()
    for length in 0..<(ping.count + answer.count) {
      #expect(!DaemonWaker.isAnswered(Array((ping + answer).prefix(length))))
    }
    #expect(DaemonWaker.isAnswered(ping + answer))
  }

}
