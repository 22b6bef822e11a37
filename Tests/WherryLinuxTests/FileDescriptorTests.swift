import Glibc
import Testing
import WherryLinux
import WherryModel

@Suite struct FileDescriptorTests {
  private func flags(_ number: Int32) -> Int32 { fcntl(number, F_GETFD) }

  @Test func everyDescriptorIsClosedOnExec() throws {
    let scratch = try Scratch()
    let folder = try scratch.folder()
    let file = try folder.open("f", [.readWrite, .create], mode: 0o600)
    let copy = try file.duplicate()
    let resolved = try folder.open("f", resolve: [.beneath])
    let pipe = try Pipe()
    for number in [
      folder.rawValue, file.rawValue, copy.rawValue, resolved.rawValue, pipe.reading.rawValue,
      pipe.writing.rawValue,
    ] {
      #expect(flags(number) & FD_CLOEXEC != 0)
    }
  }

  @Test func closesOnceAtTheEndOfItsLife() throws {
    let scratch = try Scratch()
    try Files.write(scratch("own"), [])
    let number: Int32
    do {
      let file = try FileDescriptor.open(scratch("own"))
      number = file.rawValue
      #expect(flags(number) >= 0)
    }
    // Another test may have the number by now, but not with this file.
    var found = stat()
    let inode = try Files.status(scratch("own")).inode
    let isOpen = fstat(number, &found) == 0 && UInt64(found.st_ino) == inode
    #expect(!isOpen)
  }

  @Test func aNULInAPathIsRefusedAndNotCutOff() throws {
    let scratch = try Scratch()
    try Files.write(scratch("a"), [1])
    #expect(throws: SystemError.self) { try Files.read(scratch("a\0b")) }
    #expect(throws: SystemError.self) { try scratch.folder().unlink(Array("a\0b".utf8)) }
    #expect(try Files.exists(scratch("a")))
  }

  @Test func namesThatAreNoUTF8AreReadAndRemoved() throws {
    let scratch = try Scratch()
    let folder = try scratch.folder()
    let name: [UInt8] = [0xff, 0xfe, 0x41]
    _ = try folder.open(name, [.writeOnly, .create], mode: 0o600)
    #expect(try folder.entries().map(\.name) == [name])
    try folder.unlink(name)
    #expect(try folder.entries().isEmpty)
  }

  @Test(arguments: ["/etc/passwd", "../../../../../../etc/passwd", "link", "up/etc/passwd"])
  func resolvingInRootNeverLeavesIt(path: String) throws {
    let scratch = try Scratch()
    let root = try scratch.folder()
    try root.makeSymbolicLink("link", to: "/etc/passwd")
    try root.makeSymbolicLink("up", to: "../../..")
    #expect(throws: SystemError(errno: ENOENT, "open", path)) { _ = try root.open(path, resolve: [.inRoot]) }
    try root.makeDirectory("etc", mode: 0o755)
    try root.open("etc/passwd", [.writeOnly, .create], mode: 0o600).write(Array("inside".utf8))
    let bytes = try root.open(path, resolve: [.inRoot, .noMagicLinks]).readAll(maximum: 100)
    #expect(bytes == Array("inside".utf8))
  }

  @Test func resolvingBeneathAndWithoutLinksRefuses() throws {
    let scratch = try Scratch()
    let root = try scratch.folder()
    try root.makeSymbolicLink("link", to: "/etc")
    #expect(throws: SystemError(errno: EXDEV, "open", "..")) { _ = try root.open("..", resolve: [.beneath]) }
    #expect(throws: SystemError(errno: ELOOP, "open", "link")) {
      _ = try root.open("link", [.directory], resolve: [.inRoot, .noSymbolicLinks])
    }
  }

  @Test func readingStopsAtTheBound() throws {
    let scratch = try Scratch()
    try Files.write(scratch("f"), [UInt8](repeating: 7, count: 1000))
    #expect(try Files.read(scratch("f"), maximum: 1000).count == 1000)
    #expect(throws: SystemError(errno: EFBIG, "read", scratch("f"))) {
      try Files.read(scratch("f"), maximum: 999)
    }
    #expect(throws: SystemError.self) { try Files.read("/dev/zero", maximum: 1 << 16) }
  }

  @Test func attributesAreSetThroughAPathOnlyDescriptor() throws {
    let scratch = try Scratch()
    let folder = try scratch.folder()
    try folder.makeDirectory("d")
    let opened = try folder.open("d", [.pathOnly, .directory])
    try opened.setExtendedAttribute("user.wherry", [1, 2, 3])
    #expect(try opened.extendedAttribute("user.wherry") == [1, 2, 3])
    #expect(try opened.extendedAttribute("user.none") == nil)
  }

  @Test func modesOwnersTimesAndNodesAreSet() throws {
    let scratch = try Scratch()
    let folder = try scratch.folder()
    let file = try folder.open("f", [.writeOnly, .create], mode: 0o600)
    try file.changeMode(0o4755)
    try file.setModified(FileTime(seconds: -5, nanoseconds: 7))
    let status = try folder.status(of: "f")
    #expect(status.permissions == 0o4755)
    #expect(status.modified == FileTime(seconds: -5, nanoseconds: 7))
    try folder.makeNode("fifo", .fifo, mode: 0o600)
    #expect(try folder.status(of: "fifo").kind == .fifo)
    #expect(throws: SystemError.self) { try folder.makeNode("d", .directory, mode: 0o600) }
    try #require(isRoot, "needs root")
    try folder.makeNode("null", .characterDevice, mode: 0o666, major: 1, minor: 3)
    try folder.makeSymbolicLink("link", to: "f")
    try folder.changeOwner(of: "link", user: 12, group: 34)
    #expect(try folder.status(of: "link").userID == 12)
    #expect(try folder.status(of: "f").userID == 0)
  }

  @Test func aLockIsHeldByOneOpenFile() async throws {
    let scratch = try Scratch()
    try Files.write(scratch("lock"), [])
    let first = try FileDescriptor.open(scratch("lock"))
    let second = try FileDescriptor.open(scratch("lock"))
    #expect(try first.tryLock())
    #expect(try !second.tryLock())
    try first.close()
    // A program that another test is starting has a copy of the first until it is executed.
    let taken = try await eventually { try second.tryLock() }
    #expect(taken)
  }

  @Test func errorsSayWhatHappenedToWhichObjectAndWhatToDo() {
    let full = WherryError(SystemError(errno: ENOSPC, "write", "/var/lib/x"))
    #expect(full.code == .noSpace)
    #expect(full.message == "write /var/lib/x: no space left on device")
    #expect(full.hint?.contains("free space") == true)
    #expect(WherryError(SystemError(errno: EDQUOT, "write", "x")).code == .noSpace)
    #expect(WherryError(SystemError(errno: ENOENT, "open", "x")).code == .notFound)
    #expect(WherryError(SystemError(errno: EACCES, "open", "x")).code == .permissionDenied)
    #expect(WherryError(SystemError(errno: EPERM, "open", "x")).code == .permissionDenied)
    #expect(WherryError(SystemError(errno: EIO, "open", "x")).code == .internal)
    #expect(WherryError(SystemError(errno: 9999, "open", "x")).message == "open x: error 9999")
  }
}
