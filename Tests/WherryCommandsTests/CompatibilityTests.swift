import Testing
import WherryWire

@testable import WherryCommands

struct CompatibilityTests {
  private static func builder(_ words: String...) throws -> ContainerSpecBuilder {
    let verb = try ClientMain.parse(CreateVerb.self, words + ["alpine"])
    return ContainerSpecBuilder(
      options: verb.options, image: "alpine", command: [], workingDirectory: "/", environment: { _ in nil },
      readFile: { _ in [] })
  }

  @Test func whatVersionTwoOfControlGroupsLacksIsDiscardedWithDockersWords() throws {
    #expect(try Self.builder().warnings() == [])
    #expect(try Self.builder("--memory-swappiness=-1", "--kernel-memory=0").warnings() == [])
    let warnings = try Self.builder(
      "--oom-kill-disable", "--memory-swappiness=60", "--kernel-memory=64m"
    ).warnings()
    #expect(warnings.count == 3)
    #expect(warnings.first == "Your kernel does not support OomKillDisable. OomKillDisable discarded.")
    #expect(throws: UsageError.self) { try Self.builder("--memory-swappiness=101").warnings() }
    #expect(throws: UsageError.self) { try Self.builder("--kernel-memory=x").warnings() }
  }

  @Test func streamsAreChosenByName() throws {
    #expect(try Self.builder().streams() == AttachedStreams())
    #expect(
      try Self.builder("-a", "STDOUT").streams()
        == AttachedStreams(stdin: false, stdout: true, stderr: false))
    #expect(
      try Self.builder("-a", "stdin", "-a", "stderr").streams()
        == AttachedStreams(stdin: true, stdout: false, stderr: true))
    #expect(throws: UsageError.self) { try Self.builder("-a", "both").spec() }
  }

  @Test func theDomainIsOneOfTheKernelsSettings() throws {
    let spec = try Self.builder("--domainname=example.org", "--sysctl", "net.core.somaxconn=1").spec()
    #expect(spec.sysctls == ["kernel.domainname": "example.org", "net.core.somaxconn": "1"])
  }

  @Test func isolationIsWindowsBusiness() throws {
    #expect(try Self.builder("--isolation=default").spec() == Self.builder().spec())
    #expect(throws: UsageError(message: "invalid isolation \"hyperv\" on linux")) {
      try Self.builder("--isolation=hyperv").spec()
    }
  }
}

struct ProcessColumnsTests {
  private static func titles(_ words: String...) throws -> [String] {
    try ProcessColumns(words).columns.map(\.title)
  }

  @Test func columnsAreThoseOfPS() throws {
    let standard = ["UID", "PID", "PPID", "STIME", "TTY", "TIME", "CMD"]
    #expect(try Self.titles() == standard)
    #expect(try Self.titles("-ef") == standard)
    #expect(try Self.titles("-o", "pid,comm") == ["PID", "COMMAND"])
    #expect(try Self.titles("-eo", "user,pid", "-o", "args") == ["USER", "PID", "COMMAND"])
    #expect(try Self.titles("-opid") == ["PID"])
  }

  @Test(arguments: [["aux"], ["-o"], ["-o", "pid,pcpu"], ["-o", "comm"], ["--forest"]])
  func whatIsNotKnownHereIsRefused(_ words: [String]) {
    #expect(throws: UsageError.self) { try ProcessColumns(words) }
  }
}
