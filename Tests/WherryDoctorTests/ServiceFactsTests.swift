import Testing
import WherryModel
import WherryWire

@testable import WherryDoctor

/// What runs beside containers: units, programs, servers, logs.
struct ServiceFactsTests {
  private static let shown = """
    Id=wherry.socket
    LoadState=loaded
    ActiveState=active
    SubState=listening
    UnitFileState=enabled
    Result=success
    DropInPaths=
    NeedDaemonReload=no

    Id=wherry.service
    LoadState=loaded
    ActiveState=failed
    SubState=failed
    UnitFileState=static
    Result=exit-code
    DropInPaths=/etc/systemd/system/wherry.service.d/override.conf
    NeedDaemonReload=yes

    """

  @Test func whatSystemctlShowsIsRead() {
    let units = DoctorUnitFacts.units(Self.shown)
    #expect(units["wherry.socket"] == .init(sub: "listening"))
    #expect(
      units["wherry.service"]
        == .init(
          active: "failed", sub: "failed", file: "static", result: "exit-code",
          dropIns: ["/etc/systemd/system/wherry.service.d/override.conf"], needsReload: true))
    #expect(
      DoctorUnitFacts.failedNames("wherry-ab.service loaded failed failed Container x\n") == [
        "wherry-ab.service"
      ])
  }

  @Test func aServiceThatFailedIsToldWithItsLastWords() {
    let facts = DoctorUnitFacts(
      isSystemd: true, units: DoctorUnitFacts.units(Self.shown),
      failed: ["wherry.service", "wherry-ab.service"],
      journal: ["cannot serve: unknown key \"idle\""])
    #expect(facts.findings.map(\.state) == [.fault, .warning, .ok, .warning])
    #expect(facts.findings.first?.seen.contains("unknown key \"idle\"") == true)
  }

  @Test func socketsThatDoNotListenAreFaults() {
    func states(_ unit: DoctorUnitFacts.Unit?) -> [DoctorState] {
      DoctorUnitFacts(isSystemd: true, units: unit.map { ["wherry.socket": $0] } ?? [:]).findings.map(\.state)
    }
    #expect(states(nil) == [.fault])
    #expect(states(.init(load: "not-found")) == [.fault])
    #expect(states(.init(load: "masked")) == [.fault])
    #expect(states(.init(active: "inactive")) == [.fault])
    #expect(states(.init(active: "failed", result: "resources")) == [.fault])
    #expect(states(.init(file: "disabled")) == [.warning])
    #expect(states(.init()) == [.ok])
    #expect(DoctorUnitFacts(isSystemd: true, needsSocket: false).findings.map(\.state) == [.ok])
    #expect(DoctorUnitFacts(isSystemd: false).findings.map(\.state) == [.ok])
  }

  @Test func aRestoreThatIsNotEnabledIsWarnedOf() {
    let facts = DoctorUnitFacts(
      isSystemd: true,
      units: [
        "wherry.socket": .init(), "wherry-restore.service": .init(active: "inactive", file: "disabled"),
      ])
    #expect(facts.findings.map(\.state) == [.warning])
  }

  @Test func programsThatAreMissedAreNamedWithTheirPackage() {
    let crun = ProgramFacts.Program(path: "/usr/bin/crun", version: "crun version 1.8.1")
    let broken = ProgramFacts.Program(path: "/usr/bin/conmon", version: nil)
    func states(
      _ crun: ProgramFacts.Program?, conmon: ProgramFacts.Program?, cgroups: String = "v2",
      isSystemd: Bool = true
    ) -> [DoctorState] {
      ProgramFacts(
        crun: crun, runc: nil, conmon: conmon, nameService: crun, cgroups: cgroups, isSystemd: isSystemd
      ).findings.map(\.state)
    }
    #expect(states(crun, conmon: crun) == [.ok])
    #expect(states(crun, conmon: nil) == [.warning])
    #expect(states(crun, conmon: nil, isSystemd: false) == [.fault])
    #expect(states(crun, conmon: broken) == [.fault])
    #expect(states(crun, conmon: crun, cgroups: "hybrid") == [.fault])
    #expect(states(nil, conmon: crun) == [.fault, .warning])
  }

  @Test func whoMayNotUseTheDaemonIsToldWhy() {
    func states(_ isMember: Bool, _ isActive: Bool, root: Bool = false, group: Bool = true) -> [DoctorState] {
      AccessFacts(user: "ann", isRoot: root, groupExists: group, isMember: isMember, isActive: isActive)
        .findings.map(\.state)
    }
    #expect(states(false, false) == [.fault])
    #expect(states(true, false) == [.fault])
    #expect(states(true, true) == [.ok])
    #expect(states(false, false, root: true) == [.ok])
    #expect(states(false, false, root: true, group: false) == [.warning])
  }

  @Test func nameServersAreWellWhenAllAnswer() {
    func states(_ answers: NameServerFacts.Answer...) -> [DoctorState] {
      NameServerFacts(servers: answers.map { .init("192.0.2.1", $0) }).findings.map(\.state)
    }
    #expect(states() == [.warning])
    #expect(states(.answered(code: 0, milliseconds: 3)) == [.ok])
    #expect(states(.silent) == [.fault])
    #expect(states(.answered(code: 2, milliseconds: 3)) == [.fault])
    #expect(states(.answered(code: 0, milliseconds: 3), .silent) == [.warning])
    #expect(states(.silent, .failed("network is unreachable")) == [.fault, .fault])
  }

  @Test func registriesThatAreAwayAreWarningsAndThoseThatLieAreFaults() {
    func states(_ codes: WherryError.Code?...) -> [DoctorState] {
      RegistryFacts(registries: codes.map { .init("r.example", $0.map { WherryError($0, "r.example: no") }) })
        .findings.map(\.state)
    }
    #expect(states() == [.ok])
    #expect(states(nil, .unavailable, .deadlineExceeded) == [.ok, .warning, .warning])
    #expect(states(.failedPrecondition, .protocolViolation) == [.fault, .fault])
    let proxied = RegistryFacts(registries: [.init("r.example")], proxies: ["http://proxy:3128"])
    #expect(proxied.findings.first?.seen.contains("http://proxy:3128") == true)
  }

  @Test func journalsThatKeepNothingAreFaults() {
    func journal(_ persistent: Bool, _ texts: String...) -> DoctorFinding? {
      JournalFacts(isRunning: true, hasPersistentFolder: persistent, configurations: texts).findings.first
    }
    #expect(journal(true)?.seen.hasPrefix("kept on disk") == true)
    #expect(journal(false)?.seen.hasPrefix("kept in memory") == true)
    #expect(journal(true, "[Journal]\nStorage=volatile\n")?.seen.hasPrefix("kept in memory") == true)
    #expect(journal(true, "#Storage=none\nSystemMaxUse = 50M")?.seen.contains("50M") == true)
    #expect(journal(true, "Storage=volatile", "Storage=none")?.state == .fault)
    #expect(JournalFacts(isRunning: false).findings.map(\.state) == [.ok])
  }

  @Test func obstaclesAreCutIntoWhatAndWhatToDo() {
    let facts = FirewallFacts(obstacles: ["chain FORWARD drops: with ufw, 'ufw route allow'"])
    #expect(facts.findings.first?.seen == "chain FORWARD drops")
    #expect(facts.findings.first?.remedy == "with ufw, 'ufw route allow'")
    #expect(FirewallFacts(obstacles: []).findings.map(\.state) == [.ok])
    #expect(AppArmorFacts(isEnabled: true, hasParser: false).findings.map(\.state) == [.warning])
    #expect(AppArmorFacts(isEnabled: false, hasParser: false).findings.map(\.state) == [.ok])
  }
}
