import Testing
import WherryModel
import WherryOCI

@Suite struct SeccompTests {
  private static let profile = """
    {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
     "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                 {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
     "syscalls": [
      {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {}},
      {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_ADMIN"]}, "errnoRet": 1, "errno": "EPERM"},
      {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "value": 9, "valueTwo": 0, "op": "SCMP_CMP_NE"}]},
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": null, "includes": {"caps": ["CAP_AUDIT_WRITE"]}}]}
    """

  private func resolve(_ capabilities: [String], _ architecture: String) throws -> RuntimeSpec.Seccomp {
    try SeccompProfile(json: Array(Self.profile.utf8)).resolved(
      capabilities: capabilities, architecture: architecture)
  }

  @Test func rulesAreThoseOfTheCapabilitiesAndArchitecture() throws {
    let filter = try resolve(["CAP_CHOWN"], "amd64")
    #expect(filter.defaultAction == "SCMP_ACT_ERRNO")
    #expect(filter.defaultErrnoRet == 38)
    #expect(filter.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
    #expect(
      filter.syscalls == [
        .init(names: ["read", "write"], action: "SCMP_ACT_ALLOW"),
        .init(names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 1),
        .init(names: ["arch_prctl"], action: "SCMP_ACT_ALLOW"),
        .init(
          names: ["socket"], action: "SCMP_ACT_ALLOW",
          args: [.init(index: 2, value: 9, valueTwo: 0, op: "SCMP_CMP_NE")]),
      ])
  }

  @Test func aCapabilityOpensItsCalls() throws {
    let filter = try resolve(["CAP_SYS_ADMIN", "CAP_AUDIT_WRITE"], "arm64")
    #expect(filter.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"])
    #expect(filter.syscalls.map(\.names) == [["read", "write"], ["mount"], ["socket"], ["socket"]])
    #expect(filter.syscalls[1].action == "SCMP_ACT_ALLOW")
  }

  @Test(arguments: ["", "[]", "{}", "{\"defaultAction\":1}", "{\"defaultAction\":\"x\",\"syscalls\":7}"])
  func whatIsNoProfileIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try SeccompProfile(json: Array(text.utf8)) }
  }

  @Test func theConfigurationComesBackFromItsJSON() throws {
    var spec = RuntimeSpec(process: .init(args: ["sh"], env: ["A=b/c"]), root: .init(path: "/r"))
    spec.linux.seccomp = try resolve([], "amd64")
    spec.linux.namespaces = [.init(.pid), .init(.network, path: "/run/netns/x")]
    let json = try spec.json()
    #expect(try RuntimeSpec(json: json) == spec)
    #expect(try spec.json() == json)
    #expect(String(decoding: json, as: UTF8.self).contains(#""path":"/run/netns/x""#))
  }
}
