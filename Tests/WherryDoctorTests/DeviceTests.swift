import Testing
import WherryDoctor
import WherryModel
import WherryWire

/// Whole devices, as facts: what is told of them.
struct DeviceTests {
  private func states(_ findings: [DoctorFinding]) -> [DoctorState] { findings.map(\.state) }

  @Test func aRaspberryPiIsToldTheExactLineForItsMemoryController() throws {
    let facts = CgroupFacts(
      mode: "v2", controllers: ["cpuset", "cpu", "io", "pids"],
      commandLine: "coherent_pool=1M cgroup_disable=memory root=PARTUUID=6c586e13-02 rootwait",
      commandLineFile: "/boot/firmware/cmdline.txt",
      commandLineFileText: "console=tty1 root=PARTUUID=6c586e13-02\n")
    let finding = try #require(facts.findings.first)
    #expect(facts.findings.count == 1)
    #expect(finding.state == .warning)
    #expect(finding.remedy?.contains("cgroup_enable=memory cgroup_memory=1") == true)
    #expect(finding.remedy?.contains("/boot/firmware/cmdline.txt") == true)
  }

  @Test func afterTheLineWasAddedARebootIsAllThatIsMissing() {
    let facts = CgroupFacts(
      mode: "v2", controllers: ["cpuset", "cpu", "io", "pids"], commandLine: "root=/dev/mmcblk0p2",
      commandLineFile: "/boot/cmdline.txt",
      commandLineFileText: "root=/dev/mmcblk0p2 cgroup_memory=1 cgroup_enable=memory\n")
    #expect(facts.findings.first?.remedy?.hasSuffix("reboot") == true)
    #expect(facts.findings.first?.remedy?.contains("sed") == false)
  }

  @Test func withoutARaspberryPisFileNobodyIsSentToIt() {
    let facts = CgroupFacts(
      mode: "v2", controllers: ["cpuset", "cpu", "io", "pids"], commandLine: "root=/dev/sda1")
    #expect(facts.findings.allSatisfy { $0.remedy?.contains("cmdline.txt") == false })
  }

  @Test func hybridControlGroupsAreAWarningWithTheBootOption() {
    let facts = CgroupFacts(
      mode: "hybrid", controllers: ["cpuset", "cpu", "blkio", "memory", "pids"], commandLine: "quiet")
    #expect(states(facts.findings) == [.warning])
    #expect(facts.findings.first?.remedy?.contains("systemd.unified_cgroup_hierarchy=1") == true)
  }

  @Test func aContainerWithoutControlGroupsIsAFault() {
    #expect(states(CgroupFacts(mode: "none", controllers: [], commandLine: "").findings) == [.fault])
  }

  @Test func allControllersAreWell() {
    let facts = CgroupFacts(
      mode: "v2", controllers: ["cpuset", "cpu", "io", "memory", "pids"], commandLine: "")
    #expect(states(facts.findings) == [.ok])
  }

  @Test func aClockOf1970IsAFaultThatNamesCertificates() {
    let facts = ClockFacts(
      now: Timestamp(nanoseconds: 60_000_000_000), built: Timestamp(nanoseconds: 1_790_000_000_000_000_000),
      isSynchronised: false, hasHardwareClock: false, nowText: "1970-01-01", builtText: "2026-09-21")
    #expect(states(facts.findings) == [.fault])
    #expect(facts.findings.first?.seen.contains("certificates") == true)
    #expect(facts.findings.first?.seen.contains("1970-01-01") == true)
  }

  @Test(arguments: [(Bool?.some(true), DoctorState.ok), (false, .warning), (nil, .ok)])
  func aClockAfterTheBuildIsAsGoodAsItsKeeper(_ isSynchronised: Bool?, _ state: DoctorState) {
    let facts = ClockFacts(
      now: Timestamp(nanoseconds: 1_800_000_000_000_000_000),
      built: Timestamp(nanoseconds: 1_790_000_000_000_000_000), isSynchronised: isSynchronised,
      hasHardwareClock: true)
    #expect(states(facts.findings) == [state])
  }

  @Test(arguments: [
    ("6.1.0-18-arm64", DoctorState.ok), ("6.12.47+rpt-rpi-v8", .ok), ("5.15.0", .warning),
    ("5.10.0-28", .warning),
    ("5.4.0", .fault), ("4.19.66-v7+", .fault),
  ])
  func kernelsAreJudgedByTheirVersion(_ release: String, _ state: DoctorState) {
    let modules = ["overlay", "bridge", "veth", "nf_tables", "nft_masq", "nft_nat", "macvlan"]
    let facts = KernelFacts(
      release: release, namespaces: ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"],
      parts: Dictionary(uniqueKeysWithValues: modules.map { ($0, .loadable) }), hasSeccomp: true, landlock: 3)
    #expect(states(facts.findings) == [state])
  }

  @Test func missingModulesAreNamedWithWhatTheyAreFor() {
    var facts = KernelFacts(
      release: "6.1.0", namespaces: ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"],
      parts: ["overlay": .missing, "bridge": .present, "veth": .unknown], hasSeccomp: true, landlock: 3)
    #expect(facts.findings.first?.seen.contains("overlay (containers' roots)") == true)
    #expect(states(facts.findings) == [.fault, .unknown])
    facts.namespaces.remove("user")
    facts.hasSeccomp = false
    facts.landlock = 0
    #expect(states(facts.findings) == [.fault, .unknown, .fault, .warning, .warning])
  }
}
