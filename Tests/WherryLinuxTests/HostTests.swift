import Glibc
import Testing
import WherryLinux

@Suite struct HostTests {
  @Test(
    arguments: [
      ("TERM", 15), ("SIGTERM", 15), ("sigterm", 15), ("15", 15), ("KILL", 9), ("64", 64), ("SIGPOLL", 29),
    ] as [(String, Int32)])
  func signalsHaveNumbers(text: String, number: Int32) {
    #expect(Signal.number(text) == number)
  }

  @Test func realTimeSignalsCountFromBothEnds() {
    #expect(Signal.number("RTMIN") == 34)
    #expect(Signal.number("SIGRTMIN+3") == 37)
    #expect(Signal.number("RTMAX") == 64)
    #expect(Signal.number("RTMAX-1") == 63)
    #expect(Signal.name(37) == "SIGRTMIN+3")
  }

  @Test(
    arguments: [
      "", "0", "-1", "65", "+15", "99999999999", "SIG", "TERMX", "RTMIN+", "RTMIN+31", "RTMIN+-1", "RTMAX-31",
      "RTMIN+999", "SIG15", " 15", "15\n",
    ])
  func whatIsNoSignalIsRefused(text: String) {
    #expect(Signal.number(text) == nil)
  }

  @Test func everySignalHasANameThatLeadsBack() {
    for number in Int32(1)...64 { #expect(Signal.number(Signal.name(number)) == number) }
  }

  @Test func mountInfoIsParsedWithEscapes() throws {
    let text = """
      22 27 0:21 / /proc rw,relatime - proc proc rw
      36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - ext3 /dev/r\\011t rw,errors=continue

      broken line
      1 2 3 4 5 6 7 8 9 10
      """
    let mounts = MountInfo.parse(text)
    #expect(mounts.count == 2)
    let mount = try #require(mounts.last)
    #expect(mount.mountPoint == "/a b\\c")
    #expect(mount.source == "/dev/r\tt")
    #expect(mount.propagation == ["master:1", "shared:2"])
    #expect(mount.superOptions == ["rw", "errors=continue"])
    #expect(try MountInfo.current().contains { $0.mountPoint == "/proc" })
  }

  private static func line(_ point: String, _ type: String, _ options: String) -> String {
    "1 2 0:1 / \(point) rw - \(type) \(type) \(options)"
  }

  @Test(
    arguments: [
      ([("/sys/fs/cgroup", "cgroup2", "rw")], Cgroups.Mode.unified),
      (
        [
          ("/sys/fs/cgroup", "tmpfs", "ro"), ("/sys/fs/cgroup/unified", "cgroup2", "rw"),
          ("/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
        ], .hybrid
      ),
      ([("/sys/fs/cgroup", "tmpfs", "ro"), ("/sys/fs/cgroup/cpu", "cgroup", "rw,cpu,cpuacct")], .v1),
      ([("/sys", "sysfs", "rw")], .none),
    ])
  func theCgroupModeIsSeenFromTheMounts(mounts: [(String, String, String)], mode: Cgroups.Mode) {
    let text = mounts.map { Self.line($0.0, $0.1, $0.2) }.joined(separator: "\n")
    let cgroups = Cgroups(mounts: MountInfo.parse(text))
    #expect(cgroups.mode == mode)
    if mode == .v1 { #expect(cgroups.controllerPaths.keys.sorted() == ["cpu", "cpuacct"]) }
  }

  @Test func factsOfTheHostAreThere() throws {
    let host = Host.current()
    #expect(!host.kernel.isEmpty)
    #expect(host.memory > 1 << 20)
    #expect(host.processors > 0)
    #expect(!host.operatingSystem.isEmpty)
    #expect(Host.osRelease("# c\nA=b\nPRETTY_NAME=\"x \\\"y\\\"\"\nB='q'\nbad")["PRETTY_NAME"] == "x \"y\"")
    #expect(try FileSystemUsage(of: "/").totalBytes > 0)
  }

  @Test func usersAndGroupsAreLookedUp() throws {
    #expect(try HostUsers.user(named: "root")?.id == 0)
    #expect(try HostUsers.user(named: "no-such-user") == nil)
    #expect(try HostUsers.user(named: "root\0x") == nil)
    #expect(try HostUsers.group(named: "root") == 0)
    #expect(try HostUsers.group(named: "no-such-group") == nil)
    #expect(try HostUsers.groups(ofUser: 0, primary: 0).contains(0))
    #expect(try HostUsers.groups(ofUser: 4_000_000, primary: 5) == [5])
  }

  @Test func mountsComeAndGo() throws {
    try #require(isRoot, "needs root")
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("m"))
    #expect(try !Mount.unmount(scratch("m")))
    try Mount.mount("tmpfs", on: scratch("m"), type: "tmpfs", data: "size=1m")
    try Files.makeDirectories(scratch("m/n"))
    try Mount.mount("tmpfs", on: scratch("m/n"), type: "tmpfs")
    try Mount.mount("tmpfs", on: scratch("m"), type: "tmpfs")
    #expect(try Mount.isMounted(scratch("m")))
    try Mount.unmountAll(scratch("m"))
    #expect(try !Mount.isMounted(scratch("m")))
    let long = String(repeating: "x", count: 5000)
    #expect(throws: SystemError(errno: ENAMETOOLONG, "mount tmpfs on", scratch("m"))) {
      try Mount.mount("tmpfs", on: scratch("m"), type: "tmpfs", data: long)
    }
  }

  @Test func namesOfAFolderWithAMarkAreNotMistakenForOneBelow() throws {
    try #require(isRoot, "needs root")
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("m"))
    try Files.makeDirectories(scratch("m-other"))
    try Mount.mount("tmpfs", on: scratch("m-other"), type: "tmpfs")
    try Mount.unmountAll(scratch("m"))
    #expect(try Mount.isMounted(scratch("m-other")))
  }
}
