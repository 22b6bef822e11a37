import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

@Suite(.enabled(if: geteuid() == 0, "needs root: trusted attributes"))
struct LayerStoreTests {
  private let opaque = [Array("a/opaque".utf8)]
  private let expected = "hello file,link,opaque /etc/passwd [121]"

  @Test func aCommittedLayerIsThereAndNothingIsLeftInStaging() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let staged = try store.stage()
    try Files.write(staged + "/blob.partial", [1, 2, 3])
    try store.layers.commit(staged: staged, .sample("a"), opaqueFolders: opaque)
    #expect(try store.layers.content(.of("a")) == expected)
    var record = LayerRecord.sample("a")
    record.opaque = .sha256(of: Array("a/opaque".utf8) + [0])
    #expect(try store.layers.record(.of("a")) == record)
    #expect(try store.layers.allRecords() == [record])
    #expect(
      try Files.list(scratch.state.layers + "/\(Digest.of("a").hex)") == ["layer.cbor", "opaque", "tree"])
    #expect(try Files.list(scratch.state.staging).isEmpty)
    #expect(try store.layers.record(.of("b")) == nil)
  }

  @Test func committingTwiceKeepsTheFirst() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let (first, second) = (try store.stage("first"), try store.stage("second"))
    try store.layers.commit(staged: first, .sample("a"))
    try store.layers.commit(staged: second, .sample("a"))
    #expect(try Files.readText(store.layers.tree(.of("a")) + "/a/file") == "first")
    #expect(try Files.list(scratch.state.staging).isEmpty)
  }

  @Test func committingAtOnceMakesOneWholeLayer() async throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let pool = BlockingPool(maximumThreads: 8)
    for round in 0..<10 {
      let staged = try (0..<8).map { _ in try store.stage() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for path in staged {
          group.addTask {
            try await pool.run { [opaque] in
              try store.layers.commit(staged: path, .sample("\(round)"), opaqueFolders: opaque)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try store.layers.content(.of("\(round)")) == expected)
      #expect(try Files.list(scratch.state.staging).isEmpty)
    }
    #expect(scratch.damage.isEmpty)
  }

  /// containers/storage #1136: an interrupted pull left a layer that a retry took for complete.
  @Test func aWreckInTheLayersPlaceNeverPassesForTheLayer() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let place = "\(scratch.state.layers)/\(Digest.of("a").hex)"
    try Files.makeDirectories(place + "/tree/half")
    #expect(try !store.layers.contains(.of("a")))
    #expect(try store.layers.allRecords().isEmpty)
    let moved = try #require(scratch.damage.first?.movedTo)
    #expect(try Files.exists(moved + "/tree/half"), "set aside, not deleted")
    try store.layers.commit(staged: try store.stage(), .sample("a"), opaqueFolders: opaque)
    #expect(try store.layers.content(.of("a")) == expected)
    // One that cannot be set aside: nothing may be mistaken for it, and nobody is told that all is well.
    let other = "\(scratch.state.layers)/\(Digest.of("b").hex)"
    try Files.makeDirectories(other + "/tree/half")
    try Files.removeTree(scratch.state.damaged)
    let staged = try store.stage()
    #expect(throws: WherryError.self) { try store.layers.commit(staged: staged, .sample("b")) }
    #expect(try !store.layers.contains(.of("b")))
  }

  @Test(arguments: ["truncated", "swapped", "empty", "flipped"])
  func aDamagedCommitRecordHidesTheLayer(how: String) throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try store.layers.commit(staged: try store.stage(), .sample("a"))
    try store.layers.commit(staged: try store.stage(), .sample("b"))
    let file = "\(scratch.state.layers)/\(Digest.of("a").hex)/layer.cbor"
    var bytes = try Files.read(file)
    switch how {
    case "truncated": bytes.removeLast(bytes.count / 2)
    case "swapped": bytes = try Files.read("\(scratch.state.layers)/\(Digest.of("b").hex)/layer.cbor")
    case "empty": bytes = []
    default: bytes[bytes.count / 2] ^= 4
    }
    try Files.write(file, bytes)
    #expect(try store.layers.allRecords() == [.sample("b")])
    #expect(scratch.damage.count == 1)
    #expect(try !store.layers.contains(.of("a")))
  }

  @Test(arguments: ["a/link", "a/out", "a/../../..", "/", "/etc", "a/none", "a/file", "a/up/opaque", "a\0b"])
  func anOpaqueMarkNeverLandsOutsideTheTree(path: String) throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try Files.makeDirectories(scratch("canary/opaque"))
    let staged = try store.stage(canary: scratch("canary"))
    try Files.makeSymbolicLink(staged + "/tree/a/out", to: "../../../../../canary")
    try Files.makeSymbolicLink(staged + "/tree/a/up", to: scratch("canary"))
    do {
      try store.layers.commit(staged: staged, .sample("a"), opaqueFolders: [Array(path.utf8)])
      #expect(["a/../../..", "/"].contains(path), "that is the tree itself")
    } catch {
      #expect(try !store.layers.contains(.of("a")))
    }
    for folder in ["canary", "canary/opaque", "state", "state/staging"] {
      let opened = try FileDescriptor.open(scratch(folder), [.directory])
      #expect(try opened.extendedAttribute("trusted.overlay.opaque") == nil, "\(folder)")
    }
  }

  @Test func aTreeThatIsALinkIsRefused() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try Files.makeDirectories(scratch("canary"))
    let staged = try store.staging.makeFolder("layer")
    try Files.makeSymbolicLink(staged + "/tree", to: scratch("canary"))
    #expect(throws: WherryError.self) { try store.layers.commit(staged: staged, .sample("a")) }
    #expect(try !store.layers.contains(.of("a")))
  }

  @Test(arguments: ["/etc", "/tmp", "layers/x", "staging", "staging/x/tree", "staging/../layers"])
  func onlyWhatIsInStagingIsCommitted(path: String) throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let staged = path.hasPrefix("/") ? path : "\(scratch.state.path)/\(path)"
    #expect(throws: WherryError.self) { try store.layers.commit(staged: staged, .sample("a")) }
  }

  @Test func removingALayerFollowsNoLink() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try Files.makeDirectories(scratch("canary"))
    try Files.write(scratch("canary/file"), [1])
    try store.layers.commit(staged: try store.stage(canary: scratch("canary")), .sample("a"))
    try store.layers.remove(.of("a"))
    try store.layers.remove(.of("a"))
    #expect(try !store.layers.contains(.of("a")))
    #expect(try Files.list(scratch.state.staging).isEmpty)
    #expect(try Files.read(scratch("canary/file")) == [1])
  }
}
