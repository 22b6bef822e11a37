import Synchronization
import Testing

@testable import WherryEngine

struct LayerGateTests {
  private final class Counts: Sendable {
    private let state = Mutex((mounting: 0, changing: 0))

    func mount(_ change: Int) {
      state.withLock { state in
        state.mounting += change
        #expect(state.changing == 0)
      }
    }

    func change(_ change: Int) {
      state.withLock { state in
        state.changing += change
        #expect(state.mounting == 0 && state.changing <= 1)
      }
    }
  }

  /// Mounts side by side, changes alone.
  @Test func aChangeIsNeverBesideAMount() async throws {
    let gate = LayerGate()
    let counts = Counts()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          if number % 5 == 0 {
            try await gate.changing {
              counts.change(1)
              await Task.yield()
              counts.change(-1)
            }
          } else {
            try await gate.mounting {
              counts.mount(1)
              await Task.yield()
              counts.mount(-1)
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aFailureLeavesTheGateOpen() async throws {
    struct Failure: Error {}
    let gate = LayerGate()
    await #expect(throws: Failure.self) { try await gate.changing { throw Failure() } }
    await #expect(throws: Failure.self) { try await gate.mounting { throw Failure() } }
    try await gate.changing {}
    try await gate.mounting {}
  }
}
