import Testing
import WherryEngine
import WherryLinux

@testable import WherryRuntime

struct ControlGroupTests {
  private static let unified = MountInfo.lines(
    "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate")
  private static let hybrid = MountInfo.lines(
    """
    31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
    32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
    33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
    34 30 0:30 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
    """)

  @Test(arguments: [
    ("0::/wherry.slice/x.service\n", "/sys/fs/cgroup/wherry.slice/x.service"), ("0::/\n", "/sys/fs/cgroup"),
    ("12:pids:/a\n0::/b\n", "/sys/fs/cgroup/b"), ("0::/with:colon\n", "/sys/fs/cgroup/with:colon"),
  ]) func theUnifiedGroupIsFound(text: String, path: String) {
    #expect(ControlGroup(text, mounted: Cgroups(mounts: Self.unified)).unified == path)
  }

  @Test func eachControllerOfVersion1HasItsFolder() {
    let group = ControlGroup(
      "4:memory:/a\n3:cpu,cpuacct:/b\n2:freezer:/\n1:name=systemd:/c\n9:none:/d\ngarbage\n",
      mounted: Cgroups(mounts: Self.hybrid))
    #expect(
      group.byController == [
        "memory": "/sys/fs/cgroup/memory/a", "cpu": "/sys/fs/cgroup/cpu,cpuacct/b",
        "cpuacct": "/sys/fs/cgroup/cpu,cpuacct/b", "freezer": "/sys/fs/cgroup/freezer",
      ])
    #expect(group.unified == nil)
  }

  @Test func interfacesAddUpWithoutTheLoopback() {
    let text = """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
          lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
        eth0: 20 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0
        eth1:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0
       short: 5
      """
    let usage = NetworkUsage.parse(text)
    #expect(usage.received == 21 && usage.sent == 32)
  }

  @Test func aStatLineIsReadWhateverTheName() throws {
    let rest = "S 7 5 5 34816 5 4194304 0 0 0 0 3 4 0 0 20 0 1 0 99 0 0"
    let line = try #require(StatLine("42 (a ) (b) " + rest))
    #expect(line.name == "a ) (b" && line.parent == 7 && line.startTime == 99 && line.terminal == "pts/0")
    for text in ["", "42", "42 (x", "42 (x) S 1", "42 )x( S 1"] { #expect(StatLine(text) == nil) }
  }

  @Test func countersAreLinesOfNameAndNumber() {
    let counters = Counters("usage_usec 12\nfrozen 1\nbroken\nx y\n")
    #expect(counters["usage_usec"] == 12 && counters["frozen"] == 1 && counters["x"] == nil)
  }
}

extension MountInfo {
  fileprivate static func lines(_ text: String) -> [MountInfo] { parse(text) }
}
