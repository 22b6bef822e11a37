import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

@testable import WherryEngine
@testable import WherryStore

struct CheckSessionTests {
  private func id(_ name: String) -> Digest { Digest.sha256(of: name.utf8) }

  @Test func aListThatBreaksOffIsToldAndTheOtherLayersAreLookedAt() async throws {
    let bench = try await Bench()
    let layers = LayerFixture(store: bench.store)
    let broken = try layers.add(id("1"), ["a": "a", "b": "b"], damageList: true)
    let other = try layers.add(id("2"), ["c": "c"])
    try Files.unlink(bench.store.layers.tree(other.id) + "/c")
    let told = ToldFindings()
    var session = bench.session(told)
    try await session.checkLayers()
    #expect(
      told.damage.sorted() == ["\(broken.id.short) files reported", "\(other.id.short) c reported"].sorted())
  }

  @Test func damageBesideTheTreeIsToldBesideThatOfFiles() async throws {
    let bench = try await Bench()
    let layer = try LayerFixture(store: bench.store).add(
      id("1"), ["a": "a"], beside: [LayerStore.skeleton: "rest"])
    try Files.unlink(bench.store.layers.tree(layer.id) + "/a")
    try Files.write(bench.store.layers.folder(layer.id) + "/" + LayerStore.skeleton, Array("west".utf8))
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    try await session.checkLayers()
    #expect(
      told.damage.sorted() == ["\(layer.id.short) a kept", "\(layer.id.short) skeleton kept"])
  }

  @Test func aLayerThatIsRemovedWhileItIsLookedAtEndsNothing() async throws {
    let bench = try await Bench()
    let layers = LayerFixture(store: bench.store)
    let record = try layers.add(id("1"), ["a": "a"])
    let inode = try Files.status(bench.store.layers.folder(record.id)).inode
    try bench.store.layers.remove(record.id)
    let told = ToldFindings()
    var session = bench.session(told)
    try await session.checkFiles(record, [], inode)
    #expect(told.findings.isEmpty)
    // One that is there and cannot be looked at is told, and ends nothing either.
    try layers.add(record.id, ["a": "a"])
    try Files.unlink(bench.store.layers.folder(record.id) + "/" + FileList.fileName)
    let now = try Files.status(bench.store.layers.folder(record.id)).inode
    try await session.checkFiles(record, [], now)
    #expect(told.findings.map(\.severity) == [.note])
  }

  @Test func layersAreRepairedFromTheLowestUpAndNoneOverADamagedOne() async throws {
    let bench = try await Bench()
    let layers = LayerFixture(store: bench.store)
    // Both orders of their IDs occur among so many.
    var images: [ImageRecord] = []
    for number in 0..<6 {
      images.append(try layers.image("r.example/i\(number):1", ["low\(number)", "high\(number)"]))
    }
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    bench.fetcher.state.withLock { $0.refetchFailure = WherryError(.notFound, "it is not there") }
    try await session.checkImages()
    try await session.checkLayers()
    // No layer is here: the lower ones are asked for first, and the upper ones not at all.
    let asked = bench.fetcher.state.withLock { $0.refetched }
    #expect(asked == images.compactMap { $0.layers.first }.sorted { $0.hex < $1.hex })
    let kept = told.findings.filter { $0.problem.contains("on which it lies, is damaged") }.map(\.object)
    #expect(kept == images.compactMap { $0.layers.last }.sorted { $0.hex < $1.hex }.map(\.short))
  }

  @Test func anotherImagesBlobIsAskedForWhereTheFirstIsGone() async throws {
    let bench = try await Bench()
    let layers = LayerFixture(store: bench.store)
    try layers.image("r.example/a:1", ["base"], blob: "one")
    try layers.image("r.example/b:1", ["base"], blob: "two")
    bench.fetcher.state.withLock { $0.refetchFailure = WherryError(.notFound, "it is not there") }
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    try await session.checkImages()
    // Bench's own layer: it is gone for these, too.
    try bench.store.layers.remove(Digest.sha256(of: "base".utf8))
    try await session.checkLayers()
    #expect(bench.fetcher.state.withLock { $0.refetched }.count == 2)
  }

  @Test func anImageOfAnotherPlatformIsPulledForThatAndAnotherImageDoesNotCount() async throws {
    let bench = try await Bench()
    let layers = LayerFixture(store: bench.store)
    let record = try layers.image("r.example/arm:1", ["x"], architecture: "arm64")
    try Files.unlink("\(bench.store.state.imageRecords)/\(record.id.hex).cbor")
    try Files.unlink("\(bench.store.state.blobs)/sha256-\(record.manifest.hex)")
    bench.fetcher.state.withLock {
      $0.images["r.example/arm@\(record.manifest)"] = ImageConfiguration(config: .init(command: ["other"]))
      // As an index, of which another image is for another platform.
      $0.digests["r.example/arm@\(record.manifest)"] = record.manifest
    }
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    try await session.checkImages()
    #expect(bench.fetcher.state.withLock { $0.platforms }.contains("linux/arm64"))
    #expect(told.damage.count == 1 && told.damage.allSatisfy { $0.hasSuffix("kept") })
    // What came instead is not left behind.
    #expect(try bench.store.images.allRecords().count == 1)
  }

  @Test func aNameIsNotGivenToTheImageAContainerOnceHad() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    let file = ImageStore.fileName("docker.io/library/alpine:latest")
    try Files.write("\(bench.store.state.imageNames)/\(file).cbor", [])
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    try await session.checkImages()
    // The registry is asked what it is now, and does not know.
    #expect(bench.fetcher.pulls == ["docker.io/library/alpine:latest"])
    #expect(told.findings.filter { $0.kind == "name" }.map(\.outcome) == [.kept])
  }

  @Test func anImageOfWhichNobodyKnowsWhetherItIsPinnedIsPinned() async throws {
    let bench = try await Bench()
    try await bench.images.pin("alpine", true)
    let id = try await bench.images.require("alpine").id
    try Files.write("\(bench.store.state.imageUses)/\(id.hex).cbor", [1, 2])
    let told = ToldFindings()
    var session = bench.session(repair: true, told)
    try await session.checkUses()
    #expect(told.findings.map(\.outcome) == [.repaired])
    #expect(try await bench.images.list().first?.isPinned == true)
    try await bench.images.pin("alpine", false)
    #expect(try await bench.images.list().first?.isPinned == false)
  }
}
