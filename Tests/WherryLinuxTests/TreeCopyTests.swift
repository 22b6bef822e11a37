import Glibc
import Testing
import WherryLinux

struct TreeCopyTests {
  private func copy(_ scratch: Scratch) throws -> TreeCopy {
    try Files.makeDirectories(scratch.path + "/to")
    return try TreeCopy.contents(
      of: FileDescriptorBox(try FileDescriptor.open(scratch.path + "/from", [.directory])),
      into: FileDescriptorBox(try FileDescriptor.open(scratch.path + "/to", [.directory])))
  }

  @Test func everythingComesOverAndNoLinkIsFollowed() throws {
    let scratch = try Scratch()
    let (from, to) = (scratch.path + "/from", scratch.path + "/to")
    try Files.makeDirectories(from + "/sub", mode: 0o750)
    try Files.write(from + "/sub/file", Array("content".utf8), mode: 0o640)
    try Files.makeSymbolicLink(from + "/link", to: "/etc")
    try FileDescriptor.open(from, [.directory]).link(
      "file", in: try FileDescriptor.open(from + "/sub", [.directory]), as: "hard")
    try FileDescriptor.open(from, [.directory]).makeNode("fifo", .fifo, mode: 0o600)
    let copy = try copy(scratch)
    #expect(copy.files == 1)
    #expect(try Files.readText(to + "/sub/file") == "content")
    #expect(try Files.status(to + "/sub/file").permissions == 0o640)
    #expect(try Files.status(to + "/sub").permissions == 0o750)
    #expect(try Files.status(to + "/hard").inode == Files.status(to + "/sub/file").inode)
    #expect(try Files.readLink(to + "/link") == "/etc")
    #expect(try Files.status(to + "/fifo").kind == .fifo)
    #expect(try Files.status(to + "/sub/file").modified == Files.status(from + "/sub/file").modified)
  }

  @Test func holesStayHoles() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch.path + "/from")
    let file = try FileDescriptor.open(scratch.path + "/from/file", [.writeOnly, .create], mode: 0o600)
    try file.write(Array("end".utf8), at: 8 << 20)
    try file.truncate(to: 16 << 20)
    _ = try copy(scratch)
    let status = try Files.status(scratch.path + "/to/file")
    #expect(status.size == 16 << 20 && status.allocated < 1 << 20)
    #expect(
      try Files.read(scratch.path + "/to/file", maximum: 32 << 20)[(8 << 20)...].prefix(3)
        == Array("end".utf8)[...])
  }

  @Test func aTreeDeeperThanTheBoundIsRefused() throws {
    let scratch = try Scratch()
    var path = scratch.path + "/from"
    for _ in 0..<140 { path += "/d" }
    try Files.makeDirectories(path)
    #expect(throws: SystemError.self) { try copy(scratch) }
  }

  static let optionCases: [(String, MountOptions)] = [
    ("", MountOptions(flags: [])), ("ro,noexec", MountOptions(flags: [.readOnly, .noExecute])),
    ("ro,rw", MountOptions(flags: [])), ("defaults,_netdev", MountOptions(flags: [])),
    ("rbind,rslave", MountOptions(flags: [.bind, .recursive], propagation: [.slave, .recursive])),
    ("addr=1.2.3.4,nosuid,vers=4", MountOptions(flags: [.noSetUID], data: ["addr=1.2.3.4", "vers=4"])),
  ]

  @Test(arguments: optionCases)
  func mountOptionsAreCutAsMountDoes(_ text: String, _ options: MountOptions) {
    #expect(MountOptions(text) == options)
  }
}

extension MountOptions {
  init(flags: Mount.Flags, propagation: Mount.Flags? = nil, data: [String] = []) {
    self.init("")
    self.flags = flags
    self.propagation = propagation
    self.data = data
  }
}
