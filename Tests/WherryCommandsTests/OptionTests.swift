import Testing
import WherryModel
import WherryWire

@testable import WherryCommands

struct OptionTests {
  static let memoryHasUnitsCases: [(String, UInt64)] = [
    ("64m", 64 << 20), ("64M", 64 << 20), ("64mb", 64 << 20), ("64MiB", 64 << 20), ("1g", 1 << 30),
    ("1.5k", 1536), ("512", 512), ("512b", 512), ("1t", 1 << 40), ("32 kB", 32 << 10), ("0", 0),
  ]

  @Test(arguments: memoryHasUnitsCases)
  func memoryHasUnits(_ text: String, _ bytes: UInt64) throws {
    #expect(try MemorySize.parse(text) == bytes)
  }

  static let whatIsNoMemorySizeIsRefusedCases: [String] = [
    "", "m", "-1m", "64x", "64mm", "i", "ib", "1e3", "nan", "inf", "0x10", "1 2", "99999999999999t", "٣m",
  ]

  @Test(arguments: whatIsNoMemorySizeIsRefusedCases)
  func whatIsNoMemorySizeIsRefused(_ text: String) {
    #expect(throws: OptionError("invalid size: '\(text)'")) { try MemorySize.parse(text) }
  }

  static let cpusAreBillionthsCases: [(String, UInt64)] = [
    ("1", 1_000_000_000), ("1.5", 1_500_000_000), (".25", 250_000_000), ("0.000000001", 1),
  ]

  @Test(arguments: cpusAreBillionthsCases)
  func cpusAreBillionths(_ text: String, _ expected: UInt64) throws {
    #expect(try CPUCount.parse(text) == expected)
  }

  static let whatIsNoNumberOfCPUsIsRefusedCases: [String] = [
    "", ".", "-1", "1.0000000001", "x", "1e9", "99999999999999999999",
  ]

  @Test(arguments: whatIsNoNumberOfCPUsIsRefusedCases)
  func whatIsNoNumberOfCPUsIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try CPUCount.parse(text) }
  }

  @Test func anEnvironmentFileIsReadLineByLine() throws {
    let text = "\u{FEFF}# comment\n\nA=1\r\n  B=x=y \nHOME\nNONE\nC=\n"
    let entries = try KeyValueFile.parse(Array(text.utf8), name: "f") { $0 == "HOME" ? "/root" : nil }
    #expect(entries == ["A=1", "B=x=y ", "HOME=/root", "C="])
  }

  static let anEnvironmentFileMustHaveNamesCases: [String] = ["A B=1\n", "=x\n"]

  @Test(arguments: anEnvironmentFileMustHaveNamesCases)
  func anEnvironmentFileMustHaveNames(_ text: String) {
    #expect(throws: OptionError.self) { try KeyValueFile.parse(Array(text.utf8), name: "f") { _ in nil } }
  }

  @Test func anEnvironmentFileMustBeUTF8() {
    #expect(throws: OptionError("env file f contains invalid utf8 bytes")) {
      try KeyValueFile.parse([0x41, 0x3D, 0xFF], name: "f") { _ in nil }
    }
  }

  @Test func environmentOptionsComeAfterFiles() throws {
    let entries = try EnvironmentOption.entries(
      ["A=2", "HOME", "UNSET"], files: [("f", Array("A=1\n".utf8))], lookUp: { $0 == "HOME" ? "/r" : nil })
    #expect(entries == ["A=1", "A=2", "HOME=/r"])
  }

  @Test func labelsMayLackAValue() throws {
    #expect(
      try LabelOption.labels(["a=b=c", "d"], files: [("f", Array("e\n".utf8))]) == [
        "a": "b=c", "d": "", "e": "",
      ])
    #expect(throws: OptionError.self) { try LabelOption.labels(["=x"], files: []) }
  }

  static let volumesAreBindMountsCases: [(String, Mount)] = [
    ("/a:/b", Mount(kind: .bind, source: "/a", target: "/b")),
    ("/a:/b:ro", Mount(kind: .bind, source: "/a", target: "/b", readOnly: true)),
    ("/a:/b:ro,rslave", Mount(kind: .bind, source: "/a", target: "/b", readOnly: true, options: ["rslave"])),
    ("./x:/b:z", Mount(kind: .bind, source: "/here/./x", target: "/b")),
    ("name:/b", Mount(kind: .volume, source: "name", target: "/b")),
    ("name:/b:ro,nocopy", Mount(kind: .volume, source: "name", target: "/b", readOnly: true, noCopy: true)),
    ("/b", Mount(kind: .volume, target: "/b")),
  ]

  @Test(arguments: volumesAreBindMountsCases)
  func volumesAreBindMounts(_ text: String, _ mount: Mount) throws {
    #expect(try VolumeOption.parse(text, workingDirectory: "/here") == mount)
  }

  static let whatIsNoBindMountIsRefusedCases: [String] = [
    "", "/", "a", "/a:b", "/a:/", "/a:/b:nonsense", "/a:/b:ro:x", ":/b", "/a:", "/a:ro", "name:/b:rslave",
  ]

  @Test(arguments: whatIsNoBindMountIsRefusedCases)
  func whatIsNoBindMountIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try VolumeOption.parse(text, workingDirectory: "/here") }
  }

  static let mountsAreListsOfFieldsCases: [(String, Mount)] = [
    (
      "type=bind,source=/a,target=/b,readonly",
      Mount(
        kind: .bind, source: "/a", target: "/b", readOnly: true, options: ["nocreate"], origin: .mountFlag)
    ),
    (
      "type=bind,src=./a,dst=/b,bind-propagation=rshared,bind-create-src,consistency=cached",
      Mount(kind: .bind, source: "/here/./a", target: "/b", options: ["rshared"], origin: .mountFlag)
    ),
    (
      "type=bind,src=/a,dst=/b,ro=1,bind-recursive=readonly,bind-propagation=rprivate",
      Mount(
        kind: .bind, source: "/a", target: "/b", readOnly: true, options: ["rprivate", "rro", "nocreate"],
        origin: .mountFlag)
    ),
    (
      "type=bind,src=/a,dst=/b,bind-nonrecursive",
      Mount(kind: .bind, source: "/a", target: "/b", options: ["bind", "nocreate"], origin: .mountFlag)
    ),
    (
      "type=tmpfs,destination=/t,tmpfs-size=64m,tmpfs-mode=1770",
      Mount(kind: .tmpfs, target: "/t", options: ["size=67108864", "mode=1770"], origin: .mountFlag)
    ),
    ("target=/b", Mount(kind: .volume, target: "/b", origin: .mountFlag)),
    (
      "type=volume,src=data,dst=/b,readonly=false,volume-nocopy,volume-subpath=a/b,volume-driver=local,"
        + "volume-label=a=b=c,volume-label=d,volume-opt=type=nfs,\"volume-opt=o=addr=1.2.3.4,\"\"rw\"\"\"",
      Mount(
        kind: .volume, source: "data", target: "/b", readOnly: false, subpath: "a/b", noCopy: true,
        driver: "local", driverOptions: ["type": "nfs", "o": "addr=1.2.3.4,\"rw\""],
        labels: ["a": "b=c", "d": ""], origin: .mountFlag)
    ),
  ]

  @Test(arguments: mountsAreListsOfFieldsCases)
  func mountsAreListsOfFields(_ text: String, _ mount: Mount) throws {
    #expect(try MountOption.parse(text, workingDirectory: "/here") == mount)
  }

  static let whatIsNoMountIsRefusedCases: [String] = [
    "", "type=bind,target=/b", "type=bind,source=/a", "type=bind,source=/a,target=/b,nope=1",
    "type=volume,target=b", "type=image,source=a,target=/b", "type=nope,target=/b", "target=/b,nope=1",
    "target=/b,bind-propagation=shared", "type=bind,source=/a,target=/b,volume-nocopy=true",
    "type=bind,source=/a,target=/b,tmpfs-size=1m", "type=bind,source=/a,target=/b,bind-propagation=x",
    "type=bind,source=/a,target=/b,bind-recursive=x", "type=bind,source=/a,target=/b,bind-recursive=readonly",
    "type=bind,source=a,target=/b", "target=/b,readonly=maybe", "target=/b,\"unfinished", "target=/b,a\"b=c",
    "type=tmpfs,source=/a,target=/b", "type=tmpfs,target=t", "type=tmpfs,target=/t,tmpfs-mode=9",
    "type=bind,source",
  ]

  @Test(arguments: whatIsNoMountIsRefusedCases)
  func whatIsNoMountIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try MountOption.parse(text) }
  }

  @Test func tmpfsTakesOptions() throws {
    #expect(
      try MountOption.tmpfs("/run:rw,size=64m,mode=700")
        == Mount(kind: .tmpfs, target: "/run", options: ["size=64m", "mode=700"]))
    #expect(try MountOption.tmpfs("/run") == Mount(kind: .tmpfs, target: "/run"))
  }

  static let restartPoliciesAreDockersCases: [(String, RestartPolicy)] = [
    ("no", RestartPolicy(kind: .no)), ("always", RestartPolicy(kind: .always)),
    ("unless-stopped", RestartPolicy(kind: .unlessStopped)), ("on-failure", RestartPolicy(kind: .onFailure)),
    ("on-failure:3", RestartPolicy(kind: .onFailure, maximumRetries: 3)),
  ]

  @Test(arguments: restartPoliciesAreDockersCases)
  func restartPoliciesAreDockers(_ text: String, _ policy: RestartPolicy) throws {
    #expect(try RestartOption.parse(text) == policy)
  }

  static let otherRestartPoliciesAreRefusedCases: [String] = [
    "sometimes", "always:3", "on-failure:x", "on-failure:1:2",
  ]

  @Test(arguments: otherRestartPoliciesAreRefusedCases)
  func otherRestartPoliciesAreRefused(_ text: String) {
    #expect(throws: OptionError.self) { try RestartOption.parse(text) }
  }

  static let now = Timestamp(nanoseconds: 1_795_470_341_000_000_000)

  static let sinceTakesDurationsAndMomentsCases: [(String, UInt64)] = [
    ("10m", 1_795_469_741_000_000_000), ("1h30m", 1_795_464_941_000_000_000),
    ("1500ms", 1_795_470_339_500_000_000), ("1136073600", 1_136_073_600_000_000_000),
    ("1136073600.000000001", 1_136_073_600_000_000_001), ("2026-11-23T21:45:41Z", 1_795_470_341_000_000_000),
    ("2026-11-23T21:45:41.5Z", 1_795_470_341_500_000_000),
    ("2026-11-23T22:45:41+01:00", 1_795_470_341_000_000_000), ("2026-11-23Z", 1_795_392_000_000_000_000),
    ("2026-11-23T21:45Z", 1_795_470_300_000_000_000),
  ]

  @Test(arguments: sinceTakesDurationsAndMomentsCases)
  func sinceTakesDurationsAndMoments(_ text: String, _ expected: UInt64) throws {
    #expect(try TimeOption.parse(text, now: Self.now).nanoseconds == expected)
  }

  static let whatIsNoMomentIsRefusedCases: [String] = [
    "", "yesterday", "10", "2026-13-01", "2026-11-23T99:00:00Z", "2026-11-23T", "1.x", "99999999999999999999",
  ]

  @Test(arguments: whatIsNoMomentIsRefusedCases)
  func whatIsNoMomentIsRefused(_ text: String) throws {
    if text == "10" {
      #expect(try TimeOption.parse(text, now: Self.now).nanoseconds == 10_000_000_000)
    } else {
      #expect(throws: OptionError.self) { try TimeOption.parse(text, now: Self.now) }
    }
  }

  @Test func filtersAreCollectedByKey() throws {
    #expect(
      try FilterOption.parse(["status=running", "status=exited", "label=a=b"])
        == ["status": ["running", "exited"], "label": ["a=b"]])
    #expect(throws: OptionError.self) { try FilterOption.parse(["status"]) }
  }

  @Test func aSpecHasWhatTheFlagsSay() throws {
    let run = try ClientMain.parse(
      RunVerb.self,
      [
        "--name", "web", "-e", "A=1", "-w", "/srv", "-u", "1000:1000", "--entrypoint", "", "-h", "box", "-v",
        "/a:/b:ro", "--tmpfs", "/run", "--read-only", "-m", "64m", "--cpus", "0.5", "--pids-limit", "10",
        "--cap-add", "NET_ADMIN", "--cap-drop", "ALL", "--restart", "on-failure:2", "--stop-signal", "INT",
        "--stop-timeout", "3", "-l", "a=b", "--network", "none", "-i", "--security-opt", "no-new-privileges",
        "alpine", "sleep", "1",
      ])
    let builder = ContainerSpecBuilder(
      options: run.options, image: "alpine", command: ["sleep", "1"], workingDirectory: "/",
      environment: { _ in nil }, readFile: { _ in [] })
    var expected = ContainerSpec(image: "alpine")
    expected.name = "web"
    expected.command = ["sleep", "1"]
    expected.entrypoint = []
    expected.environment = ["A=1"]
    expected.workingDirectory = "/srv"
    expected.user = "1000:1000"
    expected.hostname = "box"
    expected.labels = ["a": "b"]
    expected.mounts = [
      Mount(kind: .bind, source: "/a", target: "/b", readOnly: true), Mount(kind: .tmpfs, target: "/run"),
    ]
    expected.readOnlyRoot = true
    expected.resources = Resources(memory: 64 << 20, nanoCPUs: 500_000_000, pidsLimit: 10)
    expected.security = Security(
      addedCapabilities: ["NET_ADMIN"], droppedCapabilities: ["ALL"], noNewPrivileges: true)
    expected.restart = RestartPolicy(kind: .onFailure, maximumRetries: 2)
    expected.stopSignal = "INT"
    expected.stopTimeout = 3
    expected.networks = [NetworkAttachment(name: "none")]
    expected.openStdin = true
    #expect(try builder.spec() == expected)
  }

  static let aSpecThatCannotBeIsRefusedWith125Cases: [([String], String)] = [
    (["-m", "x", "alpine"], "invalid argument \"x\" for \"-m, --memory\" flag: invalid size: 'x'"),
    (
      ["--rm", "--restart", "always", "alpine"],
      "conflicting options: cannot specify both --restart and --rm"
    ),
    (["-v", "/a:/x", "--tmpfs", "/x", "alpine"], "Duplicate mount point: /x"),
  ]

  @Test(arguments: aSpecThatCannotBeIsRefusedWith125Cases)
  func aSpecThatCannotBeIsRefusedWith125(_ words: [String], _ message: String) throws {
    let run = try ClientMain.parse(RunVerb.self, words)
    let builder = ContainerSpecBuilder(run.options, run.words)
    let error = try #require(throws: UsageError.self) { try builder.spec() }
    #expect(error.message == message)
    #expect(error.exitCode == 125)
  }
}
