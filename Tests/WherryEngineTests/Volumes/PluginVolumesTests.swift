import Testing
import WherryLinux
import WherryModel
import WherryWire

@testable import WherryEngine

/// Volumes of a plugin, without mounts, which need root: Tests/System/both/87-plugins.bats has those.
struct PluginVolumesTests {
  @Test func aVolumeIsThePluginsBeforeItIsOurs() async throws {
    let bench = try await Bench()
    let made = try await bench.engine.volumes.create("data", driver: "fake", options: ["size": "1"])
    #expect(made.driver == "fake" && made.options == ["size": "1"])
    #expect(bench.plugins.told == [#"create data ["size=1"]"#])
    try await bench.restartDaemon()
    #expect(try bench.engine.volumes.list().map(\.driver) == ["fake"])
    let shown = try await bench.engine.volumes.inspect("data")
    #expect(shown.status == ["a": "b"] && shown.scope == "global")
    try await bench.engine.volumes.remove("data")
    #expect(bench.plugins.told.last == "remove data")
    #expect(try bench.engine.volumes.list().isEmpty)
  }

  @Test func whatThePluginRefusesIsNotMade() async throws {
    let bench = try await Bench()
    bench.plugins.fail(WherryError(.invalidArgument, "plugin fake: no such size"))
    let error = await #expect(throws: WherryError.self) {
      try await bench.engine.volumes.create("data", driver: "fake")
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == "create data: plugin fake: no such size")
    #expect(try bench.engine.volumes.list().isEmpty)
  }

  @Test func aPluginThatCannotBeAskedSaysSoInInspect() async throws {
    let bench = try await Bench()
    _ = try await bench.engine.volumes.create("data", driver: "fake")
    bench.plugins.fail(WherryError(.unavailable, "plugin fake: gone"))
    #expect(try await bench.engine.volumes.inspect("data").status == ["Error": "plugin fake: gone"])
  }

  @Test func aVolumeWhosePluginIsGoneIsOnlyForgottenByForce() async throws {
    let bench = try await Bench()
    _ = try await bench.engine.volumes.create("data", driver: "fake")
    // One that fails is not forgotten, by force either.
    bench.plugins.fail(WherryError(.unavailable, "plugin fake: gone"))
    await #expect(throws: WherryError.self) { try await bench.engine.volumes.remove("data", force: true) }
    bench.plugins.remove()
    let error = await #expect(throws: WherryError.self) { try await bench.engine.volumes.remove("data") }
    #expect(error?.hint?.contains("volume rm -f data") ?? false)
    #expect(try bench.engine.volumes.list().count == 1)
    try await bench.engine.volumes.remove("data", force: true)
    #expect(try bench.engine.volumes.list().isEmpty)
  }

  @Test func aPathThatIsNoneIsRefusedAndUnmountedAgain() async throws {
    let bench = try await Bench()
    _ = try await bench.engine.volumes.create("data", driver: "fake")
    let error = await #expect(throws: WherryError.self) {
      try await bench.engine.volumes.export("data") { _ in }
    }
    #expect(error?.message.contains("plugin fake gave relative") ?? false)
    #expect(bench.plugins.told.suffix(2) == ["mount data", "unmount data"])
  }

  @Test func anUnmountThatCouldNotBeToldIsToldLater() async throws {
    let bench = try await Bench()
    _ = try await bench.engine.volumes.create("data", driver: "fake")
    bench.plugins.fail(WherryError(.unavailable, "plugin fake: gone"))
    await #expect(throws: WherryError.self) { try await bench.engine.volumes.export("data") { _ in } }
    let before = bench.plugins.told.count
    bench.plugins.fail(nil)
    try await bench.restartDaemon()
    await bench.engine.volumes.payAllOwed()
    #expect(bench.plugins.told.dropFirst(before) == ["unmount data"])
    await bench.engine.volumes.payAllOwed()
    #expect(bench.plugins.told.count == before + 1)
    try await bench.engine.volumes.remove("data")
  }
}
