import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

@Suite struct ImageStoreTests {
  private func record(_ name: String) -> ImageRecord {
    ImageRecord(
      id: .of(name), manifest: .of("manifest \(name)"), layers: [.of("1"), .of("2")],
      added: Timestamp(nanoseconds: 7))
  }

  private func name(_ reference: String) -> ImageName {
    ImageName(reference: reference, image: .of("image"), digest: .of("digest"))
  }

  @Test func blobsAreVerifiedOnTheWayInAndOut() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    let bytes = Array("{}".utf8)
    let digest = Digest.sha256(of: bytes)
    #expect(try images.blob(digest) == nil)
    let wrong = #expect(throws: WherryError.self) { try images.putBlob(bytes + [1], digest) }
    #expect(wrong?.code == .dataLoss)
    #expect(wrong?.message.contains(digest.description) == true)
    #expect(try images.blob(digest) == nil, "nothing became visible")
    try images.putBlob(bytes, digest)
    #expect(try images.blob(digest) == bytes)
    let file = scratch.state.blobs + "/sha256-\(digest.hex)"
    for damaged in [[], Array("{]".utf8), bytes + [0]] {
      try Files.write(file, damaged)
      let error = #expect(throws: WherryError.self) { try images.blob(digest) }
      #expect(error?.code == .dataLoss)
      #expect(error?.hint != nil)
    }
    try images.putBlob(bytes, digest)
    #expect(try images.blob(digest) == bytes, "another pull heals it")
  }

  @Test func blobsAreBounded() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    let most = [UInt8](repeating: 32, count: ImageStore.maximumBlob)
    try images.putBlob(most, .sha256(of: most))
    #expect(try images.blob(.sha256(of: most))?.count == most.count)
    let error = #expect(throws: WherryError.self) {
      try images.putBlob(most + [32], .sha256(of: most + [32]))
    }
    #expect(error?.code == .resourceExhausted)
  }

  @Test(
    arguments: [
      "docker.io/library/alpine:3", "../../etc/passwd", "a/../b:c", "-rf",
      String(repeating: "x", count: 5000),
      "ä\n\u{1b}[2J", "localhost:5000/a@sha256:b",
    ])
  func anyReferenceIsANameAndNeverAPath(reference: String) throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    try images.setName(name(reference))
    #expect(try images.name(reference) == name(reference))
    #expect(try images.allNames() == [name(reference)])
    let files = try Files.list(scratch.state.imageNames)
    #expect(files.count == 1)
    #expect(files.allSatisfy { $0.utf8.count == 64 + 5 })
    #expect(try images.removeName(reference))
    #expect(try !images.removeName(reference))
    #expect(try images.name(reference) == nil)
  }

  @Test func imagesAreListedFoundAndRemoved() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    try images.put(record("a"))
    try images.put(record("b"))
    #expect(Set(try images.allRecords()) == [record("a"), record("b")])
    #expect(try images.record(.of("a")) == record("a"))
    try images.removeRecord(.of("a"))
    try images.removeRecord(.of("a"))
    #expect(try images.allRecords() == [record("b")])
  }

  @Test func oneDamagedRecordCostsOneImageAndIsNamed() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    try images.put(record("a"))
    try images.put(record("b"))
    try images.setName(name("x"))
    try images.setName(name("y"))
    let file = "\(scratch.state.imageRecords)/\(Digest.of("a").hex).cbor"
    try Files.write(file, [1, 2, 3])
    try Files.write("\(scratch.state.imageNames)/\(Digest.of("x").hex).cbor", [])
    #expect(try images.allRecords() == [record("b")])
    #expect(try images.allNames() == [name("y")])
    #expect(scratch.damage.map(\.path).contains(file))
    #expect(scratch.damage.count == 2)
    for damage in scratch.damage {
      let kept = try #require(damage.movedTo)
      #expect(try Files.exists(kept), "set aside, not deleted")
    }
    let content = try Files.read(try #require(scratch.damage.first?.movedTo))
    #expect(content == [1, 2, 3])
    _ = try images.allRecords()
    #expect(scratch.damage.count == 2, "named once")
  }

  @Test func recordsThatChangedPlacesAreDamage() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    let (names, records) = (scratch.state.imageNames, scratch.state.imageRecords)
    try images.put(record("a"))
    try images.setName(name("x"))
    try Files.rename("\(records)/\(Digest.of("a").hex).cbor", to: "\(records)/\(Digest.of("b").hex).cbor")
    try Files.rename("\(names)/\(Digest.of("x").hex).cbor", to: "\(names)/\(Digest.of("y").hex).cbor")
    #expect(try images.name("y") == nil)
    #expect(try images.allRecords().isEmpty)
    #expect(scratch.damage.count == 2)
  }

  @Test func aRecordOfANewerWherryStaysAndStopsNothing() throws {
    let scratch = try Scratch()
    let images = try scratch.open().images
    try images.put(record("a"))
    let file = "\(scratch.state.imageRecords)/\(Digest.of("b").hex).cbor"
    try Files.write(file, RecordFile.encode(record("b").encode(), version: 9))
    #expect(try images.allRecords() == [record("a")])
    let error = #expect(throws: WherryError.self) { try images.record(.of("b")) }
    #expect(error?.code == .unsupported)
    #expect(try Files.exists(file))
    #expect(scratch.damage.map(\.movedTo) == [nil])
  }

  @Test func fieldsOfALaterVersionAreSkippedAndMissingOnesAreDamage() throws {
    #expect(try ImageRecord(decoding: record("a").encode()) == record("a"))
    var later = record("a").encode()
    later[0] = 0xa5
    later += [0x18, 0x63, 0x81, 0x01]
    #expect(try ImageRecord(decoding: later) == record("a"))
    let error = #expect(throws: WherryError.self) { try ImageRecord(decoding: [0xa0]) }
    #expect(error?.code == .dataLoss)
  }
}
