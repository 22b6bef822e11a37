import Testing
import WherryLinux
import WherryModel
import WherryStore

@Suite struct PartialBlobsTests {
  private static let digest = Digest.sha256(of: [1])

  private func spool(_ store: Store, _ name: String, _ bytes: Int) throws -> String {
    let folder = try store.staging.makeFolder(name)
    try Files.makeDirectories("\(folder)/\(PartialBlobs.spoolName)")
    let file = "\(folder)/\(PartialBlobs.spoolName)/\(PartialBlobs.fileName(Self.digest))"
    try Files.write(file, [UInt8](repeating: 1, count: bytes))
    return folder
  }

  @Test func whatACrashLeftIsKeptThroughTheSweepAndTakenOnce() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let folder = try spool(store, "pull", 10)
    try Files.write("\(folder)/\(PartialBlobs.spoolName)/else", [1])
    try store.partials.keepAll()
    try store.staging.sweep(keeping: [PartialBlobs.folderName])
    #expect(try store.partials.list().map(\.size) == [10])
    let next = try store.staging.makeFolder("pull")
    #expect(try store.partials.take(Self.digest, into: next))
    #expect(try !store.partials.take(Self.digest, into: next))
    #expect(try Files.status("\(next)/\(PartialBlobs.fileName(Self.digest))").size == 10)
    // Nothing is left of an empty folder.
    #expect(try Files.list(store.state.staging).count == 1)
  }

  @Test func theLongerPartWins() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    for size in [10, 30, 20] {
      try store.partials.keep("\(try spool(store, "pull", size))/\(PartialBlobs.spoolName)")
    }
    #expect(try store.partials.list().map(\.size) == [30])
  }

  @Test func oldPartsGo() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try store.partials.keep("\(try spool(store, "pull", 10))/\(PartialBlobs.spoolName)")
    try store.partials.expire()
    #expect(try store.partials.list().count == 1)
    let later = Timestamp(nanoseconds: Timestamp.now().nanoseconds + 8 * 86_400 * 1_000_000_000)
    try store.partials.expire(now: later)
    #expect(try store.partials.list().isEmpty)
  }
}
