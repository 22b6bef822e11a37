import Synchronization
import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct PullTableTests {
  final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
  }

  static func image() throws -> FetchedImage {
    let digest = try Digest("sha256:" + String(repeating: "a", count: 64))
    return FetchedImage(id: digest, digest: digest, changed: true)
  }

  /// Waits until the other tasks have come so far; they need no time but a turn.
  static func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test func pullsOfTheSameShareOneFetchAndItsProgress() async throws {
    let table = PullTable()
    let fetches = Counter()
    let seen = Counter()
    let image = try Self.image()
    let images = try await withThrowingTaskGroup(of: FetchedImage.self) { group in
      for _ in 0..<3 {
        group.addTask {
          try await table.pull("k", progress: { _ in seen.add() }) { relay in
            fetches.add()
            await Self.until { table.waiters(of: "k") == 2 }
            relay(PullProgress(phase: .downloading))
            return image
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(images.count == 3)
    #expect(fetches.count == 1)
    #expect(seen.count == 3)
  }

  @Test func aFailureReachesAllThatWait() async throws {
    let table = PullTable()
    let codes = await withTaskGroup(of: WherryError.Code?.self) { group in
      for _ in 0..<2 {
        group.addTask {
          await code {
            try await table.pull("k", progress: { _ in }) { _ in
              await Self.until { table.waiters(of: "k") == 1 }
              throw WherryError(.notFound, "gone")
            }
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes == [.notFound, .notFound])
  }

  @Test func whenTheFirstCallerGoesAwayAnotherTakesOver() async throws {
    let table = PullTable()
    let image = try Self.image()
    let first = Task {
      try await table.pull("k", progress: { _ in }) { _ in
        while !Task.isCancelled { await Task.yield() }
        throw CancellationError()
      }
    }
    let second = Task {
      await Self.until { table.isPulling("k") }
      return try await table.pull("k", progress: { _ in }) { _ in image }
    }
    await Self.until { table.waiters(of: "k") == 1 }
    first.cancel()
    #expect(try await second.value == image)
    await #expect(throws: CancellationError.self) { try await first.value }
  }

  @Test func aWaiterThatIsCancelledLeavesAtOnce() async throws {
    let table = PullTable()
    let image = try Self.image()
    let isDone = Counter()
    let first = Task {
      try await table.pull("k", progress: { _ in }) { _ in
        await Self.until { isDone.count > 0 }
        return image
      }
    }
    await Self.until { table.isPulling("k") }
    let second = Task { try await table.pull("k", progress: { _ in }) { _ in image } }
    await Self.until { table.waiters(of: "k") == 1 }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(table.waiters(of: "k") == 0)
    isDone.add()
    #expect(try await first.value == image)
    #expect(!table.isPulling("k"))
  }
}
