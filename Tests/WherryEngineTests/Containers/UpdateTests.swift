import Synchronization
import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct UpdateTests {
  @Test func aRunningContainersProcessesAndRecordChangeTogether() async throws {
    let bench = try await Bench()
    _ = try await bench.start { $0.resources = Resources(memory: 64 << 20, pidsLimit: 10) }
    try await bench.containers.update(
      "web", resources: Resources(memory: 96 << 20, pidsLimit: .max),
      restart: RestartPolicy(kind: .always))
    let change = ContainerChange(
      before: ResourceLimits(memory: 64 << 20, pids: 10), after: ResourceLimits(memory: 96 << 20),
      restart: .always)
    #expect(bench.supervisor.state.withLock { $0.changes } == [change])
    try await bench.restartDaemon()
    let spec = try await bench.containers.inspect("web").record.spec
    #expect(spec.resources == Resources(memory: 96 << 20))
    #expect(spec.restart == RestartPolicy(kind: .always))
  }

  @Test func whatTheSupervisorRefusesIsNotRecorded() async throws {
    let bench = try await Bench()
    _ = try await bench.start { $0.resources = Resources(memory: 64 << 20) }
    bench.supervisor.configure { $0.updateFailure = WherryError(.internal, "no") }
    await #expect(throws: WherryError.self) {
      try await bench.containers.update("web", resources: Resources(memory: 96 << 20), restart: nil)
    }
    #expect(try await bench.containers.inspect("web").record.spec.resources == Resources(memory: 64 << 20))
  }

  @Test func oneThatDoesNotRunIsOnlyRecorded() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    try await bench.containers.update("web", resources: Resources(nanoCPUs: 1_000_000_000), restart: nil)
    #expect(bench.supervisor.calls.isEmpty)
    #expect(try await bench.containers.prune().ids.count == 1)
    #expect(bench.engine.containers.count == 0)
  }
}
