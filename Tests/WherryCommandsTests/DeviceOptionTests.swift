import Testing
import WherryWire

@testable import WherryCommands

@Suite struct DeviceOptionTests {
  static let known: [(String, DeviceOption.Parsed)] = [
    ("/dev/x", .node(Device(path: "/dev/x"))), ("/dev/x:rw", .node(Device(path: "/dev/x", access: "rw"))),
    ("/dev/x:/dev/y", .node(Device(path: "/dev/x", target: "/dev/y"))),
    ("/dev/x:/dev/y:r", .node(Device(path: "/dev/x", target: "/dev/y", access: "r"))),
    ("nvidia.com/gpu=all", .name("nvidia.com/gpu=all")),
  ]

  @Test(arguments: known)
  func aDeviceIsANodeOrAName(_ text: String, _ parsed: DeviceOption.Parsed) throws {
    #expect(try DeviceOption.parse(text) == parsed)
  }

  @Test(arguments: [
    "", "x", "/dev/x:", ":/dev/x", "/dev/x:/y:r:w", "/dev/x:z", "/dev/x:r:r", "a=b", "/dev/x:r:/y",
  ])
  func whatIsNoDeviceIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try DeviceOption.parse(text) }
  }

  static let gpus: [(String, [String])] = [
    ("all", ["nvidia.com/gpu=all"]), ("2", ["nvidia.com/gpu=0", "nvidia.com/gpu=1"]),
    ("\"device=0,GPU-1\"", ["nvidia.com/gpu=0", "nvidia.com/gpu=GPU-1"]),
  ]

  @Test(arguments: gpus)
  func gpusHaveNames(_ text: String, _ names: [String]) throws {
    #expect(try DeviceOption.gpus(text) == names)
  }

  @Test(arguments: ["", "0", "65", "x", "device=", "device=0,", "device=a=b"])
  func whatIsNoGPUIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try DeviceOption.gpus(text) }
  }
}
