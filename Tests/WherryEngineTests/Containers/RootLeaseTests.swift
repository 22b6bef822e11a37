import Synchronization
import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryWire

/// Copies from a container that does not run, whose client stalls.
@Suite struct RootLeaseTests {
  private static func stalledCopy(_ bench: Bench) -> Task<Void, any Error> {
    let containers = bench.containers
    return Task {
      try await containers.copyOut("web", "/", follow: false, name: nil) { _ in
        while true {
          try Task.checkCancellation()
          await Task.yield()
        }
      }
    }
  }

  @Test func aStartAndARemovalDoNotWaitForEver() async throws {
    for isRemoval in [false, true] {
      let bench = try await Bench()
      let id = try await bench.create()
      let copy = Self.stalledCopy(bench)
      try await RecoveryTests.until { bench.roots.mounted.withLock { $0.contains(id) } }
      if isRemoval {
        try await bench.containers.remove("web")
        #expect(bench.roots.isEmpty)
      } else {
        try await bench.containers.start("web")
        #expect(try await bench.containers.inspect("web").state == .running)
      }
      #expect(await code { try await copy.value } == .conflict)
    }
  }

  @Test func theyWaitAWhileForACopyThatGoesOn() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    bench.hold.isOn = true
    let containers = bench.containers
    let gate = Hold()
    gate.isOn = true
    let copy = Task {
      try await containers.copyOut("web", "/", follow: false, name: nil) { _ in try await gate.wait() }
    }
    try await RecoveryTests.until { gate.count > 0 }
    let start = Task { try await containers.start("web") }
    try await RecoveryTests.until { bench.hold.count > 0 }
    gate.isOn = false
    try await copy.value
    try await start.value
    #expect(try await containers.inspect("web").state == .running)
  }

  @Test func theLastCopyUnmounts() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    let stalled = Self.stalledCopy(bench)
    try await RecoveryTests.until { !bench.roots.isEmpty }
    #expect(try await bench.containers.pathStatus("web", "/").status.kind == .directory)
    #expect(!bench.roots.isEmpty)
    stalled.cancel()
    _ = await stalled.result
    #expect(bench.roots.isEmpty)
    _ = try await bench.containers.pathStatus("web", "/")
    #expect(bench.roots.isEmpty)
  }

  @Test func aRootThatIsLeftFromARunIsMadeAnewForACopyAndUsedAgainForNone() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    try await bench.containers.stop("web")
    #expect(!bench.roots.isEmpty, "nobody waits for it")
    bench.roots.mountCount.withLock { $0 = 0 }
    _ = try await bench.containers.pathStatus("web", "/")
    #expect(bench.roots.mountCount.withLock { $0 } == 1)
    #expect(bench.roots.isEmpty)
    // Started before it is unmounted: unmounted first.
    try await bench.containers.start("web")
    try await bench.containers.stop("web")
    try await bench.containers.start("web")
    try await RecoveryTests.running(bench) {
      for _ in 0..<100 { await Task.yield() }
      #expect(bench.roots.mounted.withLock { $0.contains(id) }, "what runs keeps its root")
    }
    try await bench.containers.stop("web")
    try await bench.containers.remove("web")
    #expect(bench.roots.isEmpty)
  }
}
