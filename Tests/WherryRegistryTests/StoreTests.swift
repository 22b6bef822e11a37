import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRegistry

/// A store in a folder of its own.
private final class Shelf {
  let path = "/tmp/wherry-registry-test.\(RandomName.next())"
  let store: RegistryStore
  let uploads: Uploads
  let name: RepositoryName

  init(_ limits: Uploads.Limits = Uploads.Limits()) throws {
    store = try RegistryStore(path)
    uploads = Uploads(store, limits: limits)
    name = try RepositoryName("a/b")
  }

  deinit {
    do { try Files.removeTree(path) } catch { Issue.record("\(error)") }
  }

  func add(_ content: String) async throws -> Digest {
    let digest = Digest.sha256(of: Array(content.utf8))
    let id = try uploads.start(name, .sha256)
    try await uploads.with(id, of: name) { file in
      let turn = try file.begin(range: nil, length: nil)
      try file.write(Array(content.utf8), turn)
      try file.end(turn)
      try uploads.finish(id, file, as: digest)
    }
    return digest
  }

  func manifest(_ config: Digest, subject: Digest? = nil) -> [UInt8] {
    let type = MediaType.manifest.rawValue
    let referred = subject.map { #","subject":{"mediaType":"\#(type)","digest":"\#($0)","size":1}"# } ?? ""
    let config = #"{"mediaType":"application/x.kind","digest":"\#(config)","size":1}"#
    return Array(
      #"{"schemaVersion":2,"mediaType":"\#(type)","config":\#(config),"layers":[]\#(referred)}"#.utf8)
  }

  func put(_ bytes: [UInt8], _ reference: ManifestName) throws -> Digest {
    try store.put(bytes, type: MediaType.manifest.rawValue, to: name, reference, tags: []).digest
  }
}

@Suite struct StoreTests {
  @Test func aBlobIsItsRepositorysOnly() async throws {
    let shelf = try Shelf()
    let digest = try await shelf.add("hello")
    let other = try RepositoryName("a")
    let size = try shelf.store.openBlob(shelf.name, digest)?.size
    #expect(size == 5)
    let isNowhere = try shelf.store.openBlob(other, digest) == nil
    #expect(isNowhere)
    #expect(try !shelf.store.mount(digest, from: other, to: try RepositoryName("c")))
    #expect(try shelf.store.mount(digest, from: shelf.name, to: other))
    let mounted = try shelf.store.openBlob(other, digest)?.size
    #expect(mounted == 5)
    #expect(try shelf.store.names(in: shelf.store.uploads).isEmpty)
  }

  @Test func anUploadGoesOnInAnotherServer() async throws {
    let shelf = try Shelf()
    let id = try shelf.uploads.start(shelf.name, .sha256)
    try await shelf.uploads.with(id, of: shelf.name) { file in
      try file.write(Array("hel".utf8), try file.begin(range: "0-2", length: 3))
    }
    let again = Uploads(shelf.store)
    let digest = Digest.sha256(of: Array("hello".utf8))
    try await again.with(id, of: shelf.name) { file in
      #expect(file.range == "0-2")
      let turn = try file.begin(range: "3-4", length: 2)
      try file.write(Array("lo".utf8), turn)
      try file.end(turn)
      try again.finish(id, file, as: digest)
    }
    let size = try shelf.store.openBlob(shelf.name, digest)?.size
    #expect(size == 5)
  }

  @Test func aWrongDigestEndsTheUploadAndLeavesNothing() async throws {
    let shelf = try Shelf()
    let wrong = Digest.sha256(of: Array("other".utf8))
    let id = try shelf.uploads.start(shelf.name, .sha256)
    await #expect(throws: RegistryProblem.self) {
      try await shelf.uploads.with(id, of: shelf.name) { file in
        try file.write(Array("hello".utf8), try file.begin(range: nil, length: nil))
        try shelf.uploads.finish(id, file, as: wrong)
      }
    }
    #expect(try shelf.store.names(in: shelf.store.uploads).isEmpty)
    let isNowhere = try shelf.store.openBlob(shelf.name, wrong) == nil
    #expect(isNowhere)
  }

  @Test func uploadsAreCountedAndRemovedByAge() async throws {
    var limits = Uploads.Limits()
    limits.maximumCount = 2
    let shelf = try Shelf(limits)
    for _ in 0..<2 { _ = try shelf.uploads.start(shelf.name, .sha256) }
    #expect(throws: RegistryProblem.self) { try shelf.uploads.start(shelf.name, .sha256) }
    #expect(try shelf.uploads.expire() == 0)
    let later = Timestamp(nanoseconds: Timestamp.now().nanoseconds + 8 * 86_400 * 1_000_000_000)
    #expect(try shelf.uploads.expire(now: later) == 2)
    _ = try shelf.uploads.start(shelf.name, .sha256)
  }

  @Test func theOldestUploadGivesWayWhenNobodyGoesOnWithIt() async throws {
    var limits = Uploads.Limits()
    limits.maximumCount = 2
    let shelf = try Shelf(limits)
    let first = try shelf.uploads.start(shelf.name, .sha256)
    let second = try shelf.uploads.start(shelf.name, .sha256)
    let later = Timestamp(nanoseconds: Timestamp.now().nanoseconds + 7200 * 1_000_000_000)
    try await shelf.uploads.with(first, of: shelf.name) { _ in
      _ = try shelf.uploads.start(shelf.name, .sha256, now: later)
    }
    let left = try shelf.store.names(in: shelf.store.uploads)
    #expect(left.count == 2)
    #expect(left.contains(first.text) && !left.contains(second.text))
  }

  @Test func whoeverTookAnUploadOverWritesWhatIsKept() async throws {
    let shelf = try Shelf()
    let id = try shelf.uploads.start(shelf.name, .sha256)
    let digest = Digest.sha256(of: Array("hello".utf8))
    try await shelf.uploads.with(id, of: shelf.name) { file in
      let dead = try file.begin(range: nil, length: 5)
      try file.write(Array("he".utf8), dead)
      let turn = try file.begin(range: "2-4", length: 3)
      #expect(throws: RegistryProblem.self) { try file.write(Array("xx".utf8), dead) }
      #expect(file.range == "0-1")
      try file.write(Array("llo".utf8), turn)
      try file.end(turn)
      try shelf.uploads.finish(id, file, as: digest)
    }
    let size = try shelf.store.openBlob(shelf.name, digest)?.size
    #expect(size == 5)
  }

  @Test func anUploadWhoseBytesWereMovedAlreadyIsFinished() async throws {
    let shelf = try Shelf()
    let digest = try await shelf.add("hello")
    try Files.unlink(shelf.store.blobLink(shelf.name, digest))
    let id = try shelf.uploads.start(shelf.name, .sha256)
    try await shelf.uploads.with(id, of: shelf.name) { file in
      let turn = try file.begin(range: nil, length: 0)
      try file.end(turn)
      try shelf.uploads.finish(id, file, as: digest)
    }
    let size = try shelf.store.openBlob(shelf.name, digest)?.size
    #expect(size == 5)
    #expect(try shelf.store.names(in: shelf.store.uploads).isEmpty)
  }

  @Test func whatSomebodyElsePutThereIsSkipped() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    _ = try shelf.put(shelf.manifest(config), .tag("x"))
    for folder in [shelf.store.repositories, shelf.store.repositories + "/a", shelf.store.blobs] {
      try Files.write(folder + "/stray", [])
    }
    #expect(try shelf.store.catalog() == ["a/b"])
    #expect(try RegistryPrune(shelf.store, age: .zero, untagged: true).run() == .init())
  }

  @Test func anotherRepositorysUploadIsUnknown() async throws {
    let shelf = try Shelf()
    let id = try shelf.uploads.start(shelf.name, .sha256)
    await #expect(throws: RegistryProblem.self) {
      try await shelf.uploads.with(id, of: try RepositoryName("x")) { _ in }
    }
  }

  @Test func aManifestNeedsItsBlobsAndItsDigest() async throws {
    let shelf = try Shelf()
    let absent = Digest.sha256(of: [1])
    #expect(throws: RegistryProblem.self) { try shelf.put(shelf.manifest(absent), .tag("x")) }
    let config = try await shelf.add("config")
    #expect(throws: RegistryProblem.self) { try shelf.put(shelf.manifest(config), .digest(absent)) }
    #expect(throws: RegistryProblem.self) {
      try shelf.store.put(
        shelf.manifest(config), type: MediaType.index.rawValue, to: shelf.name, .tag("x"), tags: [])
    }
    #expect(throws: RegistryProblem.self) { try shelf.put(Array("{}".utf8), .tag("x")) }
    #expect(try shelf.store.tags(shelf.name) == [])
    let digest = try shelf.put(shelf.manifest(config), .tag("x"))
    #expect(try shelf.store.manifest(shelf.name, .tag("x"))?.digest == digest)
    #expect(try shelf.store.catalog() == ["a/b"])
  }

  @Test func deletingAManifestTakesItsTagsAndItsReference() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    let subject = try shelf.put(shelf.manifest(config), .tag("x"))
    let referrer = try shelf.put(shelf.manifest(config, subject: subject), .tag("sig"))
    let found = try shelf.store.referrers(shelf.name, of: subject, artifactType: nil, after: nil).found
    #expect(found.map(\.digest) == [referrer.description])
    #expect(found.first?.artifactType == "application/x.kind")
    #expect(try shelf.store.referrers(shelf.name, of: subject, artifactType: "y", after: nil).found.isEmpty)
    #expect(try shelf.store.removeManifest(shelf.name, .digest(referrer)))
    #expect(try shelf.store.referrers(shelf.name, of: subject, artifactType: nil, after: nil).found.isEmpty)
    #expect(try shelf.store.tags(shelf.name) == ["x"])
    #expect(try shelf.store.removeManifest(shelf.name, .tag("x")))
    #expect(try shelf.store.manifest(shelf.name, .digest(subject)) != nil)
    #expect(try !shelf.store.removeManifest(shelf.name, .tag("x")))
  }
}

@Suite struct PruneTests {
  @Test(.timeLimit(.minutes(1))) func nobodyWaitsForWhatIsOnlyLookedAt() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    _ = try shelf.put(shelf.manifest(config), .tag("x"))
    // While somebody makes a reference, which this would wait for if it kept others from it.
    let plan = try shelf.store.linking {
      try RegistryPrune(shelf.store, age: .zero, untagged: true).run()
    }
    #expect(plan == .init())
  }

  @Test func onlyWhatNobodyRefersToAndIsOldGoes() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    let stray = try await shelf.add("stray")
    let kept = try shelf.put(shelf.manifest(config), .tag("x"))
    #expect(try RegistryPrune(shelf.store, age: .seconds(3600), untagged: false).run() == .init())
    let plan = try RegistryPrune(shelf.store, age: .zero, untagged: false).plan()
    #expect(plan.contents.map(\.digest) == [stray])
    #expect(plan.bytes == 5)
    #expect(try shelf.store.openBlob(shelf.name, stray) != nil ? true : false)
    #expect(try RegistryPrune(shelf.store, age: .zero, untagged: true).run() == plan)
    let isGone = try shelf.store.openBlob(shelf.name, stray) == nil
    #expect(isGone)
    #expect(try shelf.store.manifest(shelf.name, .tag("x"))?.digest == kept)
  }

  @Test func untaggedManifestsGoWhenAskedForAndReferrersStay() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    let tagged = try shelf.put(shelf.manifest(config), .tag("x"))
    let signature = shelf.manifest(config, subject: tagged)
    let referrer = try shelf.put(signature, .digest(Digest.sha256(of: signature)))
    let other = try await shelf.add("other")
    let loose = shelf.manifest(other)
    let untagged = try shelf.put(loose, .digest(Digest.sha256(of: loose)))
    let plan = try RegistryPrune(shelf.store, age: .zero, untagged: true).run()
    #expect(plan.manifests.map(\.digest) == [untagged])
    #expect(Set(plan.contents.map(\.digest)) == [untagged, other])
    #expect(try shelf.store.manifest(shelf.name, .digest(referrer)) != nil)
    #expect(try shelf.store.manifest(shelf.name, .digest(untagged)) == nil)
  }

  @Test func aFolderWithoutARegistryStaysAsItIs() throws {
    let path = "/tmp/wherry-registry-test.\(RandomName.next())"
    #expect(throws: WherryError.self) { try RegistryStore(existing: path) }
    #expect(try !Files.exists(path))
    let shelf = try Shelf()
    #expect(
      try RegistryPrune(RegistryStore(existing: shelf.path), age: .zero, untagged: true).run() == .init())
  }

  @Test func whatAYoungManifestListsStays() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    let listed = shelf.manifest(config)
    let child = try shelf.put(listed, .digest(Digest.sha256(of: listed)))
    let type = MediaType.index.rawValue
    let entry =
      #"{"mediaType":"\#(MediaType.manifest.rawValue)","digest":"\#(child)","size":\#(listed.count)}"#
    let index = Array(#"{"schemaVersion":2,"mediaType":"\#(type)","manifests":[\#(entry)]}"#.utf8)
    _ = try shelf.store.put(
      index, type: type, to: shelf.name, .digest(Digest.sha256(of: index)), tags: [])
    let old = FileTime(Timestamp(nanoseconds: Timestamp.now().nanoseconds - 7200 * 1_000_000_000))
    try FileDescriptor.open(shelf.store.manifestFile(shelf.name, child)).setModified(old)
    #expect(try RegistryPrune(shelf.store, age: .seconds(3600), untagged: true).plan() == .init())
    #expect(try RegistryPrune(shelf.store, age: .zero, untagged: true).plan().manifests.count == 2)
  }

  @Test func whatSomebodyAsksForStays() async throws {
    let shelf = try Shelf()
    let blob = try await shelf.add("stray")
    let old = FileTime(Timestamp(nanoseconds: Timestamp.now().nanoseconds - 7200 * 1_000_000_000))
    try FileDescriptor.open(shelf.store.blobLink(shelf.name, blob)).setModified(old)
    let prune = RegistryPrune(shelf.store, age: .seconds(3600), untagged: false)
    #expect(try prune.plan().links.map(\.digest) == [blob])
    shelf.store.noteInterest(shelf.name, blob)
    #expect(try prune.plan() == .init())
  }

  @Test func whatADamagedManifestMayNeedStays() async throws {
    let shelf = try Shelf()
    let config = try await shelf.add("config")
    let digest = try shelf.put(shelf.manifest(config), .tag("x"))
    try Files.write(shelf.store.blobFile(digest), Array("no json".utf8))
    #expect(try RegistryPrune(shelf.store, age: .zero, untagged: true).run() == .init())
  }
}
