import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryWire

@Suite struct ReadinessTests {
  private func spec(_ source: ReadinessSource?, _ change: (inout ContainerSpec) -> Void = { _ in })
    -> ContainerSpec
  {
    var spec = ContainerSpec(image: "alpine")
    spec.readiness = source
    change(&spec)
    return spec
  }

  @Test func onlyAContainerAndItsHealthAreWaitedFor() {
    #expect(ReadinessPlan(spec(nil)) == nil)
    #expect(ReadinessPlan(spec(.conmon)) == nil)
    #expect(ReadinessPlan(spec(.ignore)) == nil)
    #expect(ReadinessPlan(spec(.container)) == ReadinessPlan(source: .container, timeout: 90))
    #expect(ReadinessPlan(spec(.healthy) { $0.readinessTimeout = 5 })?.timeout == 5)
  }

  @Test func whatCannotBeWaitedForIsRefused() {
    let wrong = [
      spec(.healthy), spec(.container) { $0.terminal = true }, spec(.container) { $0.openStdin = true },
      spec(.container) { $0.readinessTimeout = 0 }, spec(.container) { $0.readinessTimeout = 86_401 },
      spec(nil) { $0.readinessTimeout = 5 }, spec(ReadinessSource(rawValue: 9)),
    ]
    for spec in wrong { #expect(code(of: { try ReadinessPlan.validate(spec) }) == .invalidArgument) }
    let healthy = spec(.healthy) { $0.healthCheck = HealthCheck(test: ["CMD", "true"]) }
    #expect(code(of: { try ReadinessPlan.validate(healthy) }) == nil)
    #expect(code(of: { try ReadinessPlan.validate(spec(.container)) }) == nil)
  }

  @Test func aStartWaitsUntilTheContainerIsReady() async throws {
    let bench = try await Bench()
    bench.supervisor.configure { $0.readyAfter = 3 }
    _ = try await bench.start { $0.readiness = .container }
    #expect(bench.supervisor.calls.filter { $0 == "isReady" }.count == 4)
  }

  @Test func oneThatEndsFirstIsAnError() async throws {
    let bench = try await Bench()
    bench.supervisor.configure { state in
      state.readyAfter = 1000
      state.endsWhenAsked = 2
    }
    _ = try await bench.create { $0.readiness = .container }
    let error = await #expect(throws: WherryError.self) { try await bench.containers.start("web") }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.message.contains("exit code 7") ?? false)
  }

  @Test func oneThatIsLateIsSignalledAndAnError() async throws {
    let bench = try await Bench(supervisor: FakeSupervisor(needsResidentDaemon: true))
    bench.supervisor.configure { $0.readyAfter = 1_000_000 }
    _ = try await bench.create {
      $0.readiness = .container
      $0.readinessTimeout = 2
      $0.stopTimeout = 1
    }
    let error = await #expect(throws: WherryError.self) { try await bench.containers.start("web") }
    #expect(error?.message.contains("within 2 s") ?? false)
    #expect(bench.supervisor.calls.filter { $0.hasPrefix("signal") } == ["signal 15", "signal 9"])
  }
}
