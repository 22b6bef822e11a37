import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct RecordedEndTests {
  /// The engine's own look at an end may come before that of the client who waits for it.
  @Test func anEndThatIsRecordedFirstIsTheClientsToo() async throws {
    let bench = try await Bench()
    let id = try await bench.create { $0.autoRemove = true }
    let session = try await bench.containers.startAttached(id.rawValue)
    bench.supervisor.end(id, code: 3)
    try await bench.containers.settle(id.rawValue)
    #expect(await code { try await bench.containers.inspect("web") } == .notFound)
    #expect(try await session.exit().code == 3)
  }

  @Test func whatNobodyHasRecordedIsTheSupervisorsError() async throws {
    let bench = try await Bench()
    let id = try await bench.create()
    let session = try await bench.containers.startAttached(id.rawValue)
    try await bench.supervisor.forget(id)
    #expect(await code { try await session.exit() } == .failedPrecondition)
  }
}
