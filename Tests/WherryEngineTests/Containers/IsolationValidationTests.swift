import Testing
import WherryEngine
import WherryModel
import WherryWire

struct IsolationValidationTests {
  private static func spec(_ change: (inout ContainerSpec) -> Void) -> ContainerSpec {
    var spec = ContainerSpec(image: "x")
    change(&spec)
    return spec
  }

  static let refused: [(String, ContainerSpec)] = [
    ("unknown limit", spec { $0.ulimits = [Ulimit(name: "nofiles", soft: 1, hard: 1)] }),
    ("soft limit", spec { $0.ulimits = [Ulimit(name: "nofile", soft: 2, hard: 1)] }),
    ("namespaces", spec { $0.hostNamespaces = ["user"] }),
    (
      "exclude each other",
      spec {
        $0.hostNamespaces = ["uts"]
        $0.hostname = "x"
      }
    ),
    ("own to set", spec { $0.sysctls = ["vm.swappiness": "1"] }),
    ("own to set", spec { $0.sysctls = ["net.../etc": "1"] }),
    ("own to set", spec { $0.sysctls = ["net.x/y": "1"] }),
    ("own to set", spec { $0.sysctls = ["net.x": "a\0b"] }),
    (
      "--network host",
      spec {
        $0.sysctls = ["net.core.somaxconn": "1"]
        $0.networks = [NetworkAttachment(name: "host")]
      }
    ),
    (
      "--ipc host",
      spec {
        $0.sysctls = ["kernel.msgmax": "1"]
        $0.hostNamespaces = ["ipc"]
      }
    ),
    ("shm-size", spec { $0.shmSize = 0 }), ("shm-size", spec { $0.shmSize = .max }),
    ("oom-score", spec { $0.oomScoreAdjust = 1001 }), ("oom-score", spec { $0.oomScoreAdjust = .min }),
    ("add-host", spec { $0.extraHosts = ["x"] }), ("add-host", spec { $0.extraHosts = ["x:y"] }),
    ("add-host", spec { $0.extraHosts = ["a b:192.0.2.1"] }),
    ("add-host", spec { $0.extraHosts = ["x:192.0.2.1\n0.0.0.0 y"] }),
    ("group-add", spec { $0.groups = [""] }),
  ]

  @Test(arguments: refused)
  func whatCannotBeIsRefusedWithItsFlag(_ words: String, _ spec: ContainerSpec) {
    let error = #expect(throws: WherryError.self) { try IsolationValidation.validate(spec) }
    #expect(error?.code == .invalidArgument)
    let said = [error?.message, error?.hint].compactMap(\.self).joined(separator: "\n")
    #expect(said.contains(words))
  }

  @Test func whatCanBeIsTaken() throws {
    try IsolationValidation.validate(
      Self.spec {
        $0.ulimits = [Ulimit(name: "nofile", soft: 1, hard: .max)]
        $0.hostNamespaces = ["pid"]
        $0.sysctls = ["net.ipv4.ip_forward": "1", "fs.mqueue.msg_max": "10", "kernel.sem": "1 2 3 4"]
        $0.shmSize = 1
        $0.oomScoreAdjust = -1000
        $0.groups = ["audio", "44"]
      })
  }

  @Test(arguments: [
    ("gateway:192.0.2.1", "gateway", "192.0.2.1"), ("six=[2001:db8::1]", "six", "2001:db8::1"),
    ("six:2001:db8::1", "six", "2001:db8::1"),
  ])
  func aHostIsNameAndAddress(_ text: String, _ name: String, _ address: String) throws {
    let host = try ExtraHost(text)
    #expect(host.name == name && host.address == address)
  }
}
