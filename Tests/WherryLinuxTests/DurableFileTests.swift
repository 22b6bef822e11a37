import Glibc
import Testing
import WherryLinux

@Suite struct DurableFileTests {
  @Test func replacesTheContentAndLeavesNothingElse() throws {
    let scratch = try Scratch()
    try DurableFile.write(scratch("f"), [1], mode: 0o640)
    try DurableFile.write(scratch("f"), [2, 3], mode: 0o600)
    #expect(try Files.read(scratch("f")) == [2, 3])
    #expect(try Files.status(scratch("f")).permissions == 0o600)
    #expect(try Files.list(scratch.path) == ["f"])
  }

  @Test func replacesALinkAndNotWhatItPointsTo() throws {
    let scratch = try Scratch()
    try Files.write(scratch("canary"), [9])
    try Files.makeSymbolicLink(scratch("f"), to: scratch("canary"))
    try DurableFile.write(scratch("f"), [1])
    #expect(try Files.read(scratch("canary")) == [9])
    #expect(try Files.status(scratch("f")).kind == .regular)
  }

  @Test func aFailureLeavesTheOldContentAndNoTemporaryFile() throws {
    try #require(isRoot, "needs root")
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("full"))
    try Mount.mount("tmpfs", on: scratch("full"), type: "tmpfs", data: "size=64k")
    try DurableFile.write(scratch("full/f"), [1, 2, 3])
    let error = #expect(throws: SystemError.self) {
      try DurableFile.write(scratch("full/f"), [UInt8](repeating: 0, count: 1 << 20))
    }
    #expect(error?.isNoSpace == true)
    #expect(try Files.read(scratch("full/f")) == [1, 2, 3])
    #expect(try Files.list(scratch("full")) == ["f"])
  }

  @Test func removingWhatIsNotThereSaysSo() throws {
    let scratch = try Scratch()
    #expect(try !DurableFile.remove(scratch("f")))
    try DurableFile.write(scratch("f"), [])
    #expect(try DurableFile.remove(scratch("f")))
  }

  /// The order is what makes it durable, so it is looked at where it happens: in the system calls.
  @Test func syncsTheFileBeforeTheRenameAndTheFolderAfter() async throws {
    try #require(try Files.exists("/usr/bin/strace"), "needs strace")
    let scratch = try Scratch()
    let calls = try await Traced.run(
      ["-e", "trace=fsync,rename,renameat,renameat2"], role: "durable-write", argument: scratch("f"))
    let names = calls.filter { $0.contains("fsync(") || $0.contains("rename") }
      .map { $0.contains("fsync(") ? "fsync" : "rename" }
    #expect(names == ["fsync", "rename", "fsync"])
  }

  /// Whatever call the power fails at, the record is the old one or the new one: killed at the first, the
  /// second… such call of the process, until it runs through.
  @Test(arguments: ["write", "fsync", "renameat", "fchmod", "close"])
  func killedAtAnyCallTheFileIsOldOrNew(call: String) async throws {
    try #require(try Files.exists("/usr/bin/strace"), "needs strace")
    let scratch = try Scratch()
    var kills = 0
    while kills < 200 {
      try DurableFile.write(scratch("f"), Array("old".utf8))
      let log = try await Traced.run(
        ["-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(kills + 1)"], role: "durable-write",
        argument: scratch("f"))
      let text = try Files.readText(scratch("f"))
      #expect(text == "old" || text == "new")
      if !log.contains(where: { $0.contains("killed by SIGKILL") }) {
        #expect(text == "new")
        break
      }
      kills += 1
    }
    #expect(kills > 0)
  }

  /// And the same with a call that fails instead: the caller is told, or it is done.
  @Test(arguments: ["write", "fsync", "renameat", "fchmod"])
  func anErrorOfAnyCallIsToldAndTheFileIsWhole(call: String) async throws {
    try #require(try Files.exists("/usr/bin/strace"), "needs strace")
    let scratch = try Scratch()
    for number in 1...2 {
      try DurableFile.write(scratch("f"), Array("old".utf8))
      _ = try await Traced.run(
        ["-e", "trace=\(call)", "-e", "inject=\(call):error=ENOSPC:when=\(number)"], role: "durable-write",
        argument: scratch("f"))
      let text = try Files.readText(scratch("f"))
      #expect(text == "old" || text == "new")
      #expect(try Files.list(scratch.path) == ["f"], "no temporary file stays")
    }
  }
}
