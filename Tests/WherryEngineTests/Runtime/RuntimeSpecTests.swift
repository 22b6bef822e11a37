import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

/// C7: the complete configuration for each flag set, compared with a file. `WHERRY_UPDATE_GOLDEN=1` writes the files.
@Suite struct RuntimeSpecTests {
  struct Flags: Sendable, CustomStringConvertible {
    var description: String
    var change: @Sendable (inout ContainerRecord) -> Void
    var user = ResolvedUser(uid: 0, gid: 0, additionalGroups: [0], home: "/root")
    var isUnified = true
  }

  static let sets: [Flags] = [
    Flags(description: "default", change: { _ in }),
    Flags(description: "hybrid-cgroups", change: { _ in }, isUnified: false),
    Flags(
      description: "privileged",
      change: { $0.spec.security = Security(privileged: true) }),
    Flags(
      description: "capabilities",
      change: {
        $0.spec.security = Security(addedCapabilities: ["net_admin"], droppedCapabilities: ["ALL"])
      }),
    Flags(
      description: "all-but-one-capability",
      change: {
        $0.spec.security = Security(addedCapabilities: ["ALL"], droppedCapabilities: ["CAP_SYS_ADMIN"])
      }),
    Flags(
      description: "no-new-privileges-read-only",
      change: {
        $0.spec.security = Security(noNewPrivileges: true)
        $0.spec.readOnlyRoot = true
      }),
    Flags(
      description: "user", change: { $0.user = "app" },
      user: ResolvedUser(uid: 1000, gid: 1000, additionalGroups: [1000, 44], home: "/home/app")),
    Flags(
      description: "host-network", change: { $0.spec.networks = [NetworkAttachment(name: "host")] }),
    Flags(
      description: "terminal",
      change: {
        $0.spec.terminal = true
        $0.environment += ["HOSTNAME=mine", "HOME=/custom"]
      }),
    Flags(
      description: "mounts",
      change: {
        $0.spec.mounts = [
          Mount(kind: .bind, source: "/srv/deep", target: "/data/deep"),
          Mount(kind: .bind, source: "/srv/data", target: "/data/", readOnly: true),
          Mount(kind: .bind, source: "/srv/shared", target: "/shared", options: ["rshared", "z"]),
          Mount(kind: .tmpfs, target: "/run", options: ["size=64m", "exec"]),
          Mount(kind: .tmpfs, target: "/dev/shm", options: ["size=1g"]),
          Mount(kind: .bind, source: "/srv/hosts", target: "/etc/hosts", options: ["ro"]),
        ]
      }),
    Flags(
      description: "isolation",
      change: {
        $0.spec.hostNamespaces = ["pid", "ipc", "uts"]
        $0.spec.sysctls = ["net.ipv4.ip_default_ttl": "42"]
        $0.spec.ulimits = [Ulimit(name: "nofile", soft: 64, hard: .max)]
        $0.spec.shmSize = 8 << 20
        $0.spec.oomScoreAdjust = -5
      }),
    Flags(
      description: "host-dev",
      change: { $0.spec.mounts = [Mount(kind: .bind, source: "/dev", target: "/dev")] }),
  ]

  static func build(_ flags: Flags) throws -> RuntimeSpec {
    var record = ContainerRecord.sample()
    // A14: what an image or a user writes there never reaches the runtime.
    record.spec.labels = ["run.oci.handler": "krun", "org.systemd.property.ExecStart": "/bin/evil"]
    flags.change(&record)
    return try RuntimeSpecBuilder(
      record: record, user: flags.user, hostname: record.spec.hostname ?? "0a0a0a0a0a0a", root: "/run/w/root",
      files: "/run/w/files",
      seccomp: .init(
        defaultAction: "SCMP_ACT_ERRNO", syscalls: [.init(names: ["read"], action: "SCMP_ACT_ALLOW")]),
      isUnifiedCgroup: flags.isUnified,
      hostDevices: [.init(type: "c", path: "/dev/kmsg", major: 1, minor: 11, fileMode: 0o644)]
    ).build()
  }

  @Test(arguments: sets)
  func theConfigurationIsTheGoldenOne(_ flags: Flags) throws {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let path = "/\(folder)/Golden/\(flags.description).json"
    let json = try Self.build(flags).json()
    if Environment.isUpdating { try Files.write(path, json + [10], mode: 0o644) }
    let golden = try Files.read(path)
    #expect(json + [10] == golden, "\(String(decoding: json, as: UTF8.self))")
  }

  @Test(arguments: sets)
  func noFlagsLeaveOutWhatProtectsTheHost(_ flags: Flags) throws {
    let spec = try Self.build(flags)
    #expect(spec.annotations == nil)
    #expect(spec.mounts.contains { $0.destination == "/dev" })
    #expect(spec.mounts.contains { $0.destination == "/proc" })
    #expect(spec.process.capabilities?.inheritable == [])
    #expect(spec.process.capabilities?.ambient == [])
    let json = String(decoding: try spec.json(), as: UTF8.self)
    #expect(!json.contains("krun") && !json.contains("evil"))
    guard flags.description != "privileged" else { return }
    #expect(spec.linux.maskedPaths?.count == 12)
    #expect(spec.linux.readonlyPaths?.count == 5)
    #expect(spec.linux.seccomp != nil)
    #expect(spec.linux.resources?.devices?.first == .init(allow: false, access: "rwm"))
    #expect(spec.linux.devices == nil)
  }

  @Test func theDefaultCapabilitiesAreDockersFourteen() throws {
    let spec = try Self.build(Self.sets[0])
    #expect(spec.process.capabilities?.bounding == Capabilities.defaults.sorted())
    #expect(Capabilities.defaults.count == 14)
    #expect(Capabilities.all.count == 41)
  }

  @Test func aContainerCannotGetWhatTheEngineLacks() throws {
    let have = Capabilities.all.filter { $0 != "CAP_SYS_RESOURCE" }
    let caps = try Capabilities.resolve(added: [], dropped: [], privileged: true, available: have)
    #expect(!caps.contains("CAP_SYS_RESOURCE"))
    #expect(caps.count == 40)
  }

  @Test func whatTheEngineHoldsIsReadFromTheKernel() throws {
    let status = "Name:\tx\nCapPrm:\t000000000000000b\nCapBnd:\t0000000000000009\n"
    #expect(Capabilities.held(in: status) == ["CAP_CHOWN", "CAP_FOWNER"])
    #expect(Capabilities.held(in: "").count == Capabilities.all.count)
    #expect(try !Capabilities.held().isEmpty)
  }

  @Test func execTakesTheContainersEnvironmentAndItsOwn() throws {
    let request = ExecRequest(
      command: ["id"], environment: ["LANG=de", "NEW=1"], workingDirectory: "/tmp", terminal: true)
    let record = ContainerRecord.sample { $0.spec.security = Security(noNewPrivileges: true) }
    let user = ResolvedUser(uid: 5, gid: 6, additionalGroups: [6], home: "/five")
    let process = try request.process(in: record, user: user, hostname: "h")
    #expect(
      process.env == [
        ResolvedConfiguration.defaultPath, "LANG=de", "HOSTNAME=h", "TERM=xterm", "NEW=1", "HOME=/five",
      ])
    #expect(process.cwd == "/tmp")
    #expect(process.terminal)
    #expect(process.noNewPrivileges == true)
    #expect(process.capabilities?.effective == [])
    #expect(process.capabilities?.bounding.count == 14)
    let privileged = try ExecRequest(command: ["id"], privileged: true).process(
      in: record, user: .init(), hostname: "h")
    #expect(privileged.capabilities?.bounding.count == 41)
  }

  @Test func execRefusesWhatLeadsOut() {
    let record = ContainerRecord.sample()
    for request in [
      ExecRequest(command: []), ExecRequest(command: [""]), ExecRequest(command: ["a\0"]),
      ExecRequest(command: ["id"], workingDirectory: "/proc/self/fd/8"),
      ExecRequest(command: ["id"], environment: ["=x"]),
    ] {
      #expect(code(of: { try request.process(in: record, user: .init(), hostname: "h") }) == .invalidArgument)
    }
  }

  @Test func theHostsFilesReachOnlyContainersOnItsNetwork() {
    let none = HostFiles(hostname: "h", network: "none", hostHosts: "secret", hostResolver: "secret")
    #expect(none.hostname == "h\n")
    #expect(!none.hosts.contains("secret") && none.hosts.contains("localhost"))
    #expect(!none.resolver.contains("secret"))
    let host = HostFiles(hostname: "h", network: "host", hostHosts: "a", hostResolver: "b")
    #expect(host.hosts == "a" && host.resolver == "b")
  }
}
