import Glibc
import Testing
import WherryLinux
import WherryModel

@Suite struct SpawnTests {
  private func shell(_ script: String, _ arguments: String...) -> Spawn {
    Spawn("/bin/sh", ["-c", script, "sh"] + arguments)
  }

  @Test func theChildSeesItsThreeStreamsAndNothingElse() async throws {
    // Open, without close-on-exec: what a careless library leaves behind.
    let leak = open("/dev/null", O_RDONLY)
    defer { close(leak) }
    let output = try await Spawn("/bin/ls", ["/proc/self/fd"]).output()
    // ls has the folder itself open as 3.
    #expect(output.outputText == "0\n1\n2\n3\n")
  }

  @Test func mappedDescriptorsArriveEvenWhenTheyCrossOver() async throws {
    let scratch = try Scratch()
    try Files.write(scratch("a"), Array("A".utf8))
    try Files.write(scratch("b"), Array("B".utf8))
    let a = try FileDescriptor.open(scratch("a"))
    let b = try FileDescriptor.open(scratch("b"))
    var spawn = shell(
      "cat /proc/self/fd/\(b.rawValue) /proc/self/fd/\(a.rawValue); ls /proc/self/fd | tr '\\n' ' '")
    spawn.descriptors = [a.rawValue: b.rawValue, b.rawValue: a.rawValue]
    let output = try await spawn.output()
    let expected = ([0, 1, 2] + [a.rawValue, b.rawValue]).sorted()
    let listed = output.outputText.dropFirst(2).split(separator: " ").compactMap { Int32($0) }
    #expect(output.outputText.hasPrefix("AB"))
    // And the folder that ls itself has open.
    #expect(listed.count == expected.count + 1)
    #expect(Set(expected).isSubset(of: listed))
  }

  @Test func signalsAreAtTheirDefaultAndUnblocked() async throws {
    BrokenPipe.ignore()
    let output = try await shell("grep -E '^Sig(Blk|Ign)' /proc/self/status").output()
    for line in output.outputText.split(separator: "\n") {
      let mask = try #require(
        line.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) })
      // glibc's posix_spawn leaves its own two signals, 32 and 33, ignored.
      #expect(mask & ~0x1_8000_0000 == 0, "\(line)")
    }
  }

  @Test func environmentArgumentsAndFolderAreExactlyThoseGiven() async throws {
    let output = try await Spawn(
      "/usr/bin/env", [], environment: ["A=1", "B=x y"], workingDirectory: "/usr"
    ).output()
    #expect(output.outputText == "A=1\nB=x y\n")
    let folder = try await Spawn("/bin/pwd", ["-P"], workingDirectory: "/usr").output()
    #expect(folder.outputText == "/usr\n")
  }

  @Test func whatCannotBeExecutedSaysWhy() throws {
    #expect(throws: SystemError(errno: ENOENT, "start", "/no/such")) { try Spawn("/no/such").start() }
    #expect(throws: SystemError(errno: EACCES, "start", "/etc/passwd")) { try Spawn("/etc/passwd").start() }
    #expect(throws: SystemError.self) { try Spawn("/bin/true", ["a\0b"]).start() }
  }

  @Test func exitCodesAndSignalsAreTold() async throws {
    #expect(try await shell("exit 7").start().wait() == .exited(7))
    let child = try shell("kill -TERM $$").start()
    let status = try await child.wait()
    #expect(status == .signalled(SIGTERM, dumpedCore: false))
    #expect(status.code == 143)
    #expect(try await child.wait() == status, "again")
    #expect(try !child.send(SIGKILL), "it is gone")
  }

  @Test func aSessionOfItsOwnHasItsOwnGroup() async throws {
    var spawn = shell("cut -d' ' -f1,5,6 /proc/$$/stat; true")
    spawn.newSession = true
    let fields = try await spawn.output().outputText.split(whereSeparator: \.isWhitespace)
    #expect(Set(fields).count == 1)
  }

  @Test func outputIsBoundedAndTheRestDropped() async throws {
    let output = try await shell("head -c 3000000 /dev/zero; echo no >&2; exit 3").output(maximum: 1000)
    #expect(output.stdout.count == 1000)
    #expect(output.truncated)
    #expect(output.errorText == "no\n")
    #expect(output.status == .exited(3))
  }

  @Test func inputLargerThanThePipeGoesThrough() async throws {
    let input = [UInt8](repeating: 65, count: 300_000)
    let output = try await Spawn("/bin/cat").output(input: input)
    #expect(output.stdout == input)
  }

  @Test func aProgramThatReadsNothingIsNoError() async throws {
    let output = try await Spawn("/bin/true").output(input: [UInt8](repeating: 65, count: 300_000))
    #expect(output.status.isSuccess)
  }

  @Test func aTimeoutKillsAndSaysSo() async throws {
    let start = ContinuousClock.now
    let error = await #expect(throws: WherryError.self) {
      try await Spawn("/bin/sleep", ["1000"]).output(timeout: .milliseconds(100))
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(ContinuousClock.now - start < .seconds(300))
  }

  @Test func aGrandchildThatKeepsTheOutputOpenDoesNotHoldUsUp() async throws {
    let start = ContinuousClock.now
    let output = try await shell("echo hi; sleep 1000 & echo $!").output(grace: .milliseconds(50))
    let lines = output.outputText.split(separator: "\n")
    #expect(lines.first == "hi")
    #expect(ContinuousClock.now - start < .seconds(300))
    let pid = try #require(lines.last.flatMap { Int32($0) })
    kill(pid, SIGKILL)
  }

  @Test func cancellingKillsTheProgram() async throws {
    let scratch = try Scratch()
    let task = Task {
      try await shell("echo $$ > $1; exec sleep 1000", scratch("pid")).output()
    }
    #expect(try await eventually { try Files.statusIfPresent(scratch("pid"))?.size ?? 0 > 0 })
    let text = try Files.readText(scratch("pid"))
    let pid = try #require(Int32(text.prefix { $0 != "\n" }))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // Reaped too: nothing has the number.
    #expect(try await eventually { try ProcessFacts.of(pid) == nil })
  }

  @Test func aThousandChildrenLeaveNoDescriptor() async throws {
    for _ in 0..<5 { _ = try await Spawn("/bin/true").output() }
    let before = try Files.list("/proc/self/fd").count
    for _ in 0..<200 { _ = try await Spawn("/bin/true").output() }
    // Other suites run beside this one and have some open.
    #expect(try Files.list("/proc/self/fd").count < before + 100)
  }
}
