import Synchronization
import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

@Suite struct ImagesTests {
  @Test func runPullsWhatIsMissingAndOnlyThat() async throws {
    let bench = try await Bench()
    try await bench.images.ensure("alpine", policy: .missing) { _ in }
    #expect(bench.fetcher.pulls.isEmpty)
    #expect(await code { try await bench.images.ensure("nginx", policy: .never) { _ in } } == .notFound)
    #expect(await code { try await bench.images.ensure("nginx", policy: .missing) { _ in } } == .notFound)
    #expect(bench.fetcher.pulls == ["docker.io/library/nginx:latest"])
    bench.fetcher.state.withLock {
      $0.images["docker.io/library/nginx:latest"] = ImageConfiguration(config: .init(command: ["nginx"]))
    }
    try await bench.images.ensure("nginx", policy: .missing) { _ in }
    _ = try await bench.create { $0.image = "nginx" }
    try await bench.images.ensure("nginx", policy: .always) { _ in }
    #expect(bench.fetcher.pulls.count == 3)
  }

  @Test func aDigestOfAnotherImageAsksTheRegistry() async throws {
    // A10
    let bench = try await Bench()
    let local = try await bench.images.require("alpine")
    let digest = try #require(local.digests.first?.digest)
    #expect(
      await code { try await bench.images.ensure("evil:1@\(digest)", policy: .missing) { _ in } } == .notFound
    )
    #expect(bench.fetcher.pulls == ["docker.io/library/evil:1@\(digest)"])
    #expect(await code { try await bench.create { $0.image = "evil@\(digest)" } } == .notFound)
  }

  @Test func removingAnImageFreesItsLayersButSharedOnesStay() async throws {
    let bench = try await Bench()
    let other = try bench.addImage("docker.io/library/other:latest", layers: ["base", "top"])
    let removed = try await bench.engine.removeImage("other")
    #expect(removed.untagged.first == "other:latest")
    #expect(removed.deleted.count == 2 && removed.deleted.first == other.id.description)
    #expect(try bench.store.layers.allRecords().count == 1)
    #expect(await code { try await bench.images.require("other") } == .notFound)
    #expect(try bench.store.images.blob(other.manifest) == nil)
    #expect(await code { try await bench.engine.removeImage("other") } == .notFound)
  }

  @Test func aContainerKeepsItsImageOrAtLeastItsLayers() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    #expect(await code { try await bench.engine.removeImage("alpine") } == .conflict)
    let removed = try await bench.engine.removeImage("alpine", force: true)
    #expect(removed.deleted.count == 1)
    #expect(try bench.store.layers.allRecords().count == 1)
    try await bench.containers.start("web")
    try await bench.containers.remove("web", force: true)
    // Nothing stands on them any more.
    #expect(try bench.store.layers.allRecords().isEmpty)
  }

  @Test func aRunningContainersImageGivesUpItsNameOnly() async throws {
    let bench = try await Bench()
    _ = try await bench.start()
    let id = try await bench.images.require("alpine").id
    #expect(try await bench.engine.removeImage("alpine", force: true).deleted.isEmpty)
    #expect(try await bench.images.require(id.short).references.isEmpty)
    #expect(await code { try await bench.engine.removeImage(id.short, force: true) } == .conflict)
  }

  @Test func layersStayWhileAFetchMayCountOnThem() async throws {
    let bench = try await Bench()
    try bench.addImage("docker.io/library/other:latest", layers: ["other"])
    bench.fetcher.state.withLock {
      $0.isHeld = true
      $0.images["docker.io/library/new:latest"] = ImageConfiguration()
    }
    async let pulled = bench.images.pull("new")
    while !bench.fetcher.isHolding { await Task.yield() }
    #expect(try await bench.engine.removeImage("other").deleted.count == 1)
    #expect(try bench.store.layers.allRecords().count == 2)
    bench.fetcher.release()
    _ = try await pulled
  }

  @Test func allNamesOfAnImageGoToAPushAndToWhoLooksAtIt() async throws {
    let bench = try await Bench()
    try await bench.images.tag("alpine", as: "registry.example/copy:1")
    #expect(try await bench.images.require("registry.example/copy:1").references.count == 1)
    #expect(try await bench.images.requireWithNames("registry.example/copy:1").references.count == 2)
    _ = try await bench.images.push("registry.example/copy:1")
    #expect(
      bench.fetcher.state.withLock(\.pushed).map(\.description).sorted()
        == ["docker.io/library/alpine:latest", "registry.example/copy:1"])
    #expect(await code { try await bench.images.push("registry.example/copy:2") } == .notFound)
  }

  @Test func anImportIsNamedAndConfigured() async throws {
    let bench = try await Bench()
    let archive = AsyncThrowingStream<[UInt8], any Error> { continuation in
      continuation.yield([1, 2])
      continuation.yield([3])
      continuation.finish()
    }
    let id = try await bench.images.importArchive(
      archive, reference: "mine", message: "hand-made", changes: ["CMD [\"sh\"]", "ENV A=1"])
    #expect(bench.fetcher.imported == [1, 2, 3])
    let image = try await bench.images.require("mine:latest")
    #expect(image.id == id)
    #expect(image.configuration.config.command == ["sh"])
    #expect(image.configuration.history.first?.comment == "hand-made")
    #expect(
      await code { try await bench.images.importArchive(archive, changes: ["RUN x"]) } == .invalidArgument)
  }
}
