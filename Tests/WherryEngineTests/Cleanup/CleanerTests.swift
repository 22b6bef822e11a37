import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

@testable import WherryEngine
@testable import WherryStore

@Suite struct CleanerTests {
  private func cleaner(
    _ bench: Bench, _ change: (inout CleanupPolicy) -> Void = { _ in }
  ) throws -> Cleaner {
    let context = bench.engine.context
    // The daemon makes it when it starts.
    try Files.makeDirectories(context.run.path)
    var settings = context.settings
    settings.cleanup.minimumAge = .zero
    settings.cleanup.highThreshold = 100
    change(&settings.cleanup)
    return Cleaner(
      EngineContext(
        supervisor: context.supervisor, roots: context.roots, pool: context.pool, walks: context.walks,
        settings: settings, records: context.records, store: context.store, run: context.run,
        table: context.table, images: context.images, networks: context.networks, volumes: context.volumes,
        notices: context.notices, events: context.events, bootGuard: context.bootGuard,
        cleanups: context.cleanups))
  }

  /// Containers `web` of one image after another; the last stays.
  private func replace(_ bench: Bench, _ tags: String...) async throws {
    for tag in tags {
      try bench.addImage("r.example/app:\(tag)", layers: ["base", tag])
      _ = try await bench.create("web") { $0.image = "r.example/app:\(tag)" }
      if tag != tags.last { try await bench.containers.remove("web") }
    }
  }

  private func names(_ bench: Bench) async throws -> [String] {
    try await bench.images.list().flatMap { $0.references.map(\.familiar) }
      .filter { $0.hasPrefix("r.example/app") }.sorted()
  }

  @Test func ofReplacedContainersTheLastButOneStaysAndThoseBeforeGo() async throws {
    let bench = try await Bench()
    try await replace(bench, "1", "2", "3")
    let dry = try await cleaner(bench).run(dryRun: true)
    #expect(dry.items.map(\.name) == ["r.example/app:1"])
    #expect(dry.reclaimed == 10)
    #expect(try await names(bench).count == 3)
    #expect(try await cleaner(bench).run().items.map(\.name) == ["r.example/app:1"])
    #expect(try await names(bench) == ["r.example/app:2", "r.example/app:3"])
    #expect(try await cleaner(bench).run().items.isEmpty)
    // What is remembered of it goes with it.
    #expect(try Files.list(bench.store.state.imageUses).count == 1)
  }

  @Test func aPinnedImageStaysAndPruneLeavesItToo() async throws {
    let bench = try await Bench()
    try await replace(bench, "1", "2", "3")
    try await bench.images.pin("r.example/app:1", true)
    #expect(try await cleaner(bench).run().items.isEmpty)
    _ = try await bench.images.prune(all: true)
    #expect(try await names(bench) == ["r.example/app:1", "r.example/app:3"])
    #expect(try await bench.images.list(filters: ["pinned": ["true"]]).count == 1)
    try await bench.images.pin("r.example/app:1", false)
    _ = try await bench.images.prune(all: true)
    #expect(try await names(bench) == ["r.example/app:3"])
    #expect(await code { try await bench.images.pin("nothing", true) } == .notFound)
  }

  @Test func aNameThatMovesLeavesItsImageBehindAsReplaced() async throws {
    let bench = try await Bench()
    for number in 0..<4 {
      bench.fetcher.state.withLock {
        $0.images["r.example/app:latest"] = .init(
          config: .init(command: ["\(number)"]), diffIDs: [Digest.sha256(of: "\(number)".utf8)])
      }
      _ = try await bench.images.pull("r.example/app:latest")
    }
    // Nobody has used any: the newest is what comes next, and one before it is the current one, one the previous.
    let gone = try await cleaner(bench).run().items
    #expect(gone.map(\.name) == ["r.example/app"])
    #expect(gone.first?.reason.contains("r.example/app") ?? false)
  }

  @Test func aShortLivedContainerReplacesNothing() async throws {
    let bench = try await Bench()
    for tag in ["1", "2", "3", "4"] {
      try bench.addImage("r.example/app:\(tag)", layers: [tag])
      _ = try await bench.create("tool") {
        $0.image = "r.example/app:\(tag)"
        $0.autoRemove = true
      }
      try await bench.containers.remove("tool")
    }
    #expect(try await cleaner(bench).run().items.isEmpty)
  }

  @Test func withoutItsEvidenceNoImageGoes() async throws {
    let bench = try await Bench()
    try await replace(bench, "1", "2", "3")
    let id = try await bench.images.require("alpine").id
    let record = "\(bench.store.state.imageRecords)/\(id.hex).cbor"
    let whole = try Files.read(record)
    try Files.write(record, [1])
    let plan = try await cleaner(bench).run()
    #expect(plan.items.isEmpty && plan.held != nil)
    try Files.write(record, whole)
    // A container that was set aside: which image it needs nobody knows.
    let aside = "\(bench.store.state.damaged)/containers-\(String(repeating: "ab", count: 32)).x"
    try Files.makeDirectories(aside)
    #expect(try await cleaner(bench).run().held?.contains("set aside") ?? false)
    try Files.removeDirectory(aside)
    // What is known of one image is damaged: it stays, and the others go.
    let one = try await bench.images.require("r.example/app:1").id
    try Files.write("\(bench.store.state.imageUses)/\(one.hex).cbor", [1])
    #expect(try await cleaner(bench).run().items.isEmpty)
    #expect(try await names(bench).count == 3)
  }

  @Test func whatWasSetAsideGoesWhenItWasReplaced() async throws {
    let bench = try await Bench()
    let layer = Digest.sha256(of: "base".utf8)
    let folder = bench.store.state.damaged
    for name in ["replaced-\(layer.hex)-bin-sh.x", "extra-\(layer.hex)-bin-x.x", "networks-web.cbor.x"] {
      try Files.write("\(folder)/\(name)", [1])
    }
    try Files.makeDirectories("\(folder)/layers-\(String(repeating: "cd", count: 32)).x/tree")
    let gone = try await cleaner(bench) { $0.damagedAge = .zero }.run().items
    #expect(gone.map(\.kind) == [.aside])
    #expect(gone.first?.name.hasPrefix("replaced-") ?? false)
    #expect(try Files.list(folder).count == 3)
  }
}
