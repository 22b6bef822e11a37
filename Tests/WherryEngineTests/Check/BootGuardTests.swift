import Testing
import WherryLinux
import WherryModel

@testable import WherryEngine
@testable import WherryStore

struct BootGuardTests {
  private func bootGuard(_ bench: Bench, budget: Duration) -> BootGuard {
    var settings = bench.engine.context.settings
    settings.verifiesLayers = true
    settings.verifyBudget = budget
    return BootGuard(settings, run: bench.engine.context.run)
  }

  private func record(_ layers: [LayerRecord]) -> ContainerRecord {
    .sample { $0.layers = layers.map { "\($0.id)" } }
  }

  @Test func allLayersTogetherHaveOneBudget() async throws {
    let bench = try await Bench()
    let fixture = LayerFixture(store: bench.store)
    let layers = try (0..<3).map { try fixture.add(Digest.sha256(of: "\($0)".utf8), ["a": "a"]) }
    for layer in layers { try Files.unlink(bench.store.layers.tree(layer.id) + "/a") }
    // The first is looked at while there is time; when that is over, the others are let through.
    let spent = bootGuard(bench, budget: .nanoseconds(1))
    #expect(
      await code { try await spent.admit(self.record([layers[0]]), bench.engine.context) } == .dataLoss)
    try await spent.admit(record([layers[1]]), bench.engine.context)
    try await spent.admit(record([layers[2]]), bench.engine.context)
    // What was let through counts as looked at for nobody: a daemon with time of its own looks.
    let fresh = bootGuard(bench, budget: .seconds(60))
    for layer in layers {
      #expect(await code { try await fresh.admit(self.record([layer]), bench.engine.context) } == .dataLoss)
    }
  }

  @Test func aListThatBreaksOffRefusesTheStartByName() async throws {
    let bench = try await Bench()
    let layer = try LayerFixture(store: bench.store)
      .add(Digest.sha256(of: "1".utf8), ["a": "a"], damageList: true)
    do {
      try await bootGuard(bench, budget: .seconds(60)).admit(record([layer]), bench.engine.context)
      Issue.record("it was let through")
    } catch let error as WherryError {
      #expect(error.message.contains("container web is not started"))
      #expect(error.hint?.contains("system check --repair") ?? false)
    }
  }
}
