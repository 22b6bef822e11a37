import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryWire

/// A start that waits for a device holds up nothing else.
@Suite struct DeviceWaitTests {
  private static func waiting(_ bench: Bench, _ spec: inout ContainerSpec) {
    spec.devices = [Device(path: bench.folder + "/device")]
    spec.deviceWait = 30
    spec.restart = RestartPolicy(kind: .always)
  }

  private static func plug(_ bench: Bench) throws {
    try Files.makeSymbolicLink(bench.folder + "/device", to: "/dev/null")
  }

  @Test func aStartWaitsAndGoesOnWhenTheDeviceIsThere() async throws {
    let bench = try await Bench()
    _ = try await bench.create("cam") { Self.waiting(bench, &$0) }
    bench.hold.isOn = true
    let containers = bench.containers
    let start = Task { try await containers.start("cam") }
    try await RecoveryTests.until { bench.hold.count > 0 }
    #expect(try await containers.inspect("cam").state == .created)
    try Self.plug(bench)
    bench.hold.isOn = false
    try await start.value
    #expect(try await containers.inspect("cam").state == .running)
  }

  @Test func aStopOrARemovalEndsTheWait() async throws {
    for isRemoval in [false, true] {
      let bench = try await Bench()
      _ = try await bench.create("cam") { Self.waiting(bench, &$0) }
      bench.hold.isOn = true
      let containers = bench.containers
      let start = Task { try await containers.start("cam") }
      try await RecoveryTests.until { bench.hold.count > 0 }
      // Neither waits for the start.
      if isRemoval { try await containers.remove("cam") } else { try await containers.stop("cam") }
      bench.hold.isOn = false
      #expect(await code { try await start.value } == .conflict)
      #expect(!bench.supervisor.calls.contains("start"))
    }
  }

  @Test func aBootGoesOnWithTheOthers() async throws {
    let bench = try await Bench()
    try Self.plug(bench)
    _ = try await bench.start("cam") { Self.waiting(bench, &$0) }
    _ = try await bench.start("needs-cam") {
      $0.requires = ["cam"]
      $0.restart = RestartPolicy(kind: .always)
    }
    _ = try await bench.start("web") { $0.restart = RestartPolicy(kind: .always) }
    _ = try Files.unlink(bench.folder + "/device")
    bench.supervisor.reboot()
    try await bench.restartDaemon()
    bench.hold.isOn = true
    let containers = bench.containers
    let restore = Task { try await containers.restore() }
    try await RecoveryTests.until { try await containers.inspect("web").state == .running }
    #expect(try await containers.inspect("cam").state == .exited)
    #expect(try await containers.inspect("needs-cam").state == .exited)
    try Self.plug(bench)
    bench.hold.isOn = false
    let restored = try await restore.value
    #expect(restored.started == ["cam", "needs-cam", "web"])
    #expect(restored.failed.isEmpty)
  }
}
