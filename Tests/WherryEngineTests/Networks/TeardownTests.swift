import Synchronization
import Testing
import WherryModel
import WherryWire

@testable import WherryEngine

@Suite struct TeardownTests {
  @Test func thoseThatEndTogetherAreTakenDownTogether() async throws {
    let bench = try await Bench()
    var ids: [ContainerID] = []
    for number in 0..<6 { ids.append(try await bench.start("web\(number)")) }
    let networks = bench.engine.networks
    let before = bench.network.state.withLock { state in
      state.holdsApplication = true
      return state.applications
    }
    await withTaskGroup { group in
      for (place, id) in ids.dropLast().enumerated() {
        group.addTask { await networks.tearDown(id) }
        if place == 0 {
          // It has the lane now; the others wait for it.
          while bench.network.state.withLock(\.applications) == before { await Task.yield() }
        }
      }
      while networks.state.withLock(\.leaving.count) < 4 { await Task.yield() }
      bench.network.state.withLock { $0.holdsApplication = false }
    }
    #expect(bench.network.state.withLock(\.applications) == before + 2)
    #expect(Set(bench.network.connected.keys) == [ids[5]])
    #expect(bench.network.plan.sandboxes.map(\.id) == [ids[5]])
  }

  @Test func oneThatStartsAgainIsNoLongerLeaving() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    let other = try await bench.start("other")
    // Somebody who wanted it down and was cancelled in the queue.
    bench.engine.networks.state.withLock { _ = $0.leaving.insert(id) }
    try await bench.containers.restart("web")
    await bench.engine.networks.tearDown(other)
    #expect(Set(bench.network.connected.keys) == [id])
  }
}
