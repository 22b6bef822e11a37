import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct DeviceValidationTests {
  private static func spec(_ change: (inout ContainerSpec) -> Void) -> ContainerSpec {
    var spec = ContainerSpec(image: "x")
    change(&spec)
    return spec
  }

  static let refused: [ContainerSpec] = [
    spec { $0.devices = [Device(path: "dev/x")] }, spec { $0.devices = [Device(path: "/dev/../x")] },
    spec { $0.devices = [Device(path: "/dev/x\0")] },
    spec { $0.devices = [Device(path: "/dev/x", target: "x")] },
    spec { $0.devices = [Device(path: "/dev/x", access: "")] },
    spec { $0.devices = [Device(path: "/dev/x", access: "rr")] },
    spec { $0.devices = [Device(path: "/dev/x", access: "x")] },
    spec { $0.devices = Array(repeating: Device(path: "/dev/x"), count: 1025) },
    spec { $0.deviceNames = ["a=b"] }, spec { $0.deviceNames = ["a/b="] },
    spec { $0.deviceNames = ["a/b/c=d"] },
    spec { $0.deviceNames = ["/b=c"] }, spec { $0.deviceWait = 601 }, spec { $0.deviceWait = .max },
  ]

  @Test(arguments: refused)
  func whatIsNoDeviceIsRefused(_ spec: ContainerSpec) {
    let error = #expect(throws: WherryError.self) { try SpecValidation.validate(spec, processors: 1) }
    #expect(error?.code == .invalidArgument)
  }

  @Test(arguments: [
    "", "c", "c 1:1", "c 1:1 ", "x 1:1 r", "c 1 r", "c 1:2:3 r", "c *:1 r", "c 1:1 rwmr", "c 1:1 z",
    "c -1:1 r",
    "c +1:1 r", "c 1048576:1 r", "a 1:1 rwm", "a *:* r", "c 1:1  r", "c 99999999999999999999:1 r",
  ])
  func whatIsNoRuleIsRefused(_ text: String) {
    #expect(throws: WherryError.self) {
      try SpecValidation.validate(Self.spec { $0.deviceRules = [text] }, processors: 1)
    }
  }

  @Test(arguments: ["c 1:1 r", "b 8:* rwm", "c *:* m", "a *:* rwm"])
  func aRuleIsTaken(_ text: String) {
    #expect(throws: Never.self) {
      try SpecValidation.validate(Self.spec { $0.deviceRules = [text] }, processors: 1)
    }
  }
}
