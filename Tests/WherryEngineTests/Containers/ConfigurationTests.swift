import Testing
import WherryEngine
import WherryModel
import WherryOCI
import WherryWire

@Suite struct ConfigurationTests {
  static func resolve(
    _ image: ImageConfiguration.Settings = .init(command: ["sh"]),
    _ change: (inout ContainerSpec) -> Void = { _ in }
  ) throws -> ResolvedConfiguration {
    var spec = ContainerSpec(image: "alpine")
    change(&spec)
    return try ResolvedConfiguration(spec, image: image)
  }

  @Test func entrypointAndCommandMergeAsDockers() throws {
    let image = ImageConfiguration.Settings(entrypoint: ["/entry"], command: ["default"])
    #expect(try Self.resolve(image).arguments == ["/entry", "default"])
    #expect(try Self.resolve(image) { $0.command = ["own"] }.arguments == ["/entry", "own"])
    #expect(try Self.resolve(image) { $0.command = [] }.arguments == ["/entry", "default"])
    // An entrypoint of one's own drops the image's command.
    #expect(try Self.resolve(image) { $0.entrypoint = ["/own"] }.arguments == ["/own"])
    #expect(
      try Self.resolve(image) {
        $0.entrypoint = []
        $0.command = ["x"]
      }.arguments == ["x"])
    #expect(
      try Self.resolve(image) {
        $0.entrypoint = [""]
        $0.command = ["x"]
      }.arguments == ["x"])
    #expect(code(of: { try Self.resolve(image) { $0.entrypoint = [""] } }) == .invalidArgument)
    #expect(code(of: { try Self.resolve(.init()) }) == .invalidArgument)
  }

  @Test func environmentsMergeByName() throws {
    let image = ImageConfiguration.Settings(environment: ["A=1", "B=2", "=bad", "C"], command: ["sh"])
    #expect(
      try Self.resolve(image) { $0.environment = ["B=3", "D=", "A"] }.environment
        == ["B=3", ResolvedConfiguration.defaultPath, "D="])
    #expect(try Self.resolve(.init(environment: ["PATH=/x"], command: ["sh"])).environment == ["PATH=/x"])
  }

  @Test(arguments: ["=x", "", "A\0=1"])
  func environmentsWithoutANameAreRefused(_ entry: String) {
    #expect(code(of: { try Self.resolve { $0.environment = [entry] } }) == .invalidArgument)
  }

  @Test(arguments: [
    "relative", "/proc/self/fd/7", "/proc/1/root", "/proc/thread-self/../self/fd/3", "/dev/fd/3", "/a\0b",
  ])
  func workingDirectoriesThatLeadElsewhereAreRefused(_ path: String) {
    // C1, A14: from the image as from the flag.
    #expect(code(of: { try Self.resolve { $0.workingDirectory = path } }) == .invalidArgument)
    #expect(
      code(of: { try Self.resolve(.init(command: ["sh"], workingDirectory: path)) }) == .invalidArgument)
  }

  @Test func workingDirectoriesAreCleaned() throws {
    #expect(try Self.resolve { $0.workingDirectory = "/a/./b/../c//" }.workingDirectory == "/a/c")
    #expect(try Self.resolve { $0.workingDirectory = "/../.." }.workingDirectory == "/")
    #expect(try Self.resolve().workingDirectory == "/")
    #expect(try Self.resolve { $0.workingDirectory = "/proc/sys" }.workingDirectory == "/proc/sys")
  }

  @Test(arguments: ["4294967296", "-1", "0x0", "1e3", " 0", "٣"])
  func hostileUsersOfAnImageAreRefusedAtCreation(_ user: String) {
    #expect(code(of: { try Self.resolve(.init(user: user, command: ["sh"])) }) == .invalidArgument)
  }
}

@Suite struct SpecValidationTests {
  static func check(_ change: (inout ContainerSpec) -> Void) -> WherryError? {
    var spec = ContainerSpec(image: "alpine")
    change(&spec)
    do {
      try SpecValidation.validate(spec, processors: 4)
      return nil
    } catch {
      return error
    }
  }

  @Test func theRefusalNamesTheFlag() {
    let cases: [(String, WherryError?)] = [
      ("--memory", Self.check { $0.resources = Resources(memory: (6 << 20) - 1) }),
      ("--cpus", Self.check { $0.resources = Resources(nanoCPUs: 5_000_000_000) }),
      ("--cpus", Self.check { $0.resources = Resources(nanoCPUs: 0) }),
      ("--pids-limit", Self.check { $0.resources = Resources(pidsLimit: 0) }),
      ("--stop-signal", Self.check { $0.stopSignal = "SIGNOPE" }),
      ("--stop-signal", Self.check { $0.stopSignal = "65" }),
      ("--stop-timeout", Self.check { $0.stopTimeout = .max }),
      ("--hostname", Self.check { $0.hostname = "a b" }),
      ("--hostname", Self.check { $0.hostname = String(repeating: "a", count: 65) }),
      ("--cap-add", Self.check { $0.security = Security(addedCapabilities: ["NOPE"]) }),
      ("--cap-drop", Self.check { $0.security = Security(droppedCapabilities: ["CAP_"]) }),
      ("seccomp", Self.check { $0.security = Security(seccompProfile: "rel") }),
      ("--restart", Self.check { $0.restart = RestartPolicy(kind: .always, maximumRetries: 2) }),
      ("--restart", Self.check { $0.restart = RestartPolicy(kind: RestartKind(rawValue: 9)) }),
      (
        "--rm",
        Self.check {
          $0.autoRemove = true
          $0.restart = RestartPolicy(kind: .always)
        }
      ),
      ("--ip", Self.check { $0.networks = [NetworkAttachment(name: "bridge", ipv4: "10.0.0.1")] }),
      ("--ip", Self.check { $0.networks = [NetworkAttachment(name: "app", ipv4: "fd00::1")] }),
      ("--mac-address", Self.check { $0.networks = [NetworkAttachment(name: "app", mac: "nope")] }),
      ("--network-alias", Self.check { $0.networks = [NetworkAttachment(name: "app", aliases: ["a b"])] }),
      (
        "--network",
        Self.check { $0.networks = [NetworkAttachment(name: "a"), NetworkAttachment(name: "a")] }
      ),
      ("port", Self.check { $0.ports = [PortMapping(containerPort: 0, protocol: "tcp")] }),
      ("port", Self.check { $0.ports = [PortMapping(containerPort: 80, protocol: "icmp")] }),
      (
        "--publish",
        Self.check { $0.ports = [PortMapping(containerPort: 80, protocol: "tcp", hostPort: 65536)] }
      ),
      ("--dns", Self.check { $0.dns = ["nowhere"] }),
      (
        "--network",
        Self.check { $0.networks = [NetworkAttachment(name: "none"), NetworkAttachment(name: "host")] }
      ),
      ("container name", Self.check { $0.name = "a/b" }),
      ("user", Self.check { $0.user = "0x0" }),
      ("command", Self.check { $0.command = ["a\0b"] }),
      ("--label", Self.check { $0.labels = ["": "x"] }),
      ("--mount", Self.check { $0.mounts = [Mount(kind: .bind, source: "/a", target: "rel")] }),
      ("--mount", Self.check { $0.mounts = [Mount(kind: .bind, source: "rel", target: "/a")] }),
      ("--mount", Self.check { $0.mounts = [Mount(kind: .bind, source: "/a", target: "/x/..")] }),
      ("--mount", Self.check { $0.mounts = [Mount(kind: .bind, source: "/a", target: "/proc/sys")] }),
      (
        "--mount",
        Self.check { $0.mounts = [Mount(kind: .bind, source: "/a", target: "/a", options: ["lowerdir=/"])] }
      ),
      (
        "--mount",
        Self.check {
          $0.mounts = [Mount(kind: .bind, source: "/a", target: "/a"), Mount(kind: .tmpfs, target: "/a/")]
        }
      ),
      ("--tmpfs", Self.check { $0.mounts = [Mount(kind: .tmpfs, target: "/a", options: ["size=1,exec"])] }),
      ("volume name", Self.check { $0.mounts = [Mount(kind: .volume, source: "../x", target: "/a")] }),
      (
        "--volume",
        Self.check { $0.mounts = [Mount(kind: .volume, source: "data", target: "/a", options: ["shared"])] }
      ),
      (
        "volume-subpath",
        Self.check { $0.mounts = [Mount(kind: .volume, source: "data", target: "/a", subpath: "a/../../b")] }
      ),
      ("image", Self.check { $0.image = "" }),
    ]
    for (index, (flag, error)) in cases.enumerated() {
      #expect(
        error?.message.contains(flag) == true, "case \(index): \(flag) in \(error?.message ?? "nothing")")
    }
  }

  @Test func limitsAreAcceptedAtTheLimit() {
    #expect(
      Self.check { $0.resources = Resources(memory: 6 << 20, nanoCPUs: 4_000_000_000, pidsLimit: 1) } == nil)
    #expect(Self.check { $0.hostname = String(repeating: "a", count: 63) } == nil)
    #expect(Self.check { $0.stopSignal = "RTMIN+3" } == nil)
    #expect(Self.check { $0.networks = [NetworkAttachment(name: "host")] } == nil)
    #expect(
      Self.check { $0.mounts = [Mount(kind: .tmpfs, target: "/run", options: ["size=64m", "mode=1777"])] }
        == nil)
    #expect(Self.check { $0.restart = RestartPolicy(kind: .onFailure, maximumRetries: 3) } == nil)
  }
}
