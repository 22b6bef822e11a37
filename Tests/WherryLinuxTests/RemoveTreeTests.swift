import Glibc
import Testing
import WherryLinux

@Suite struct RemoveTreeTests {
  @Test func removesATreeAndNothingItPointsTo() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("canary"))
    try Files.write(scratch("canary/file"), [1])
    try Files.makeDirectories(scratch("tree/a/b"))
    try Files.makeSymbolicLink(scratch("tree/a/link"), to: scratch("canary"))
    try Files.makeSymbolicLink(scratch("tree/a/b/up"), to: "../../../canary/file")
    try Files.write(scratch("tree/a/b/file"), [2])
    #expect(try Files.removeTree(scratch("tree")))
    #expect(try !Files.removeTree(scratch("tree")))
    #expect(try Files.read(scratch("canary/file")) == [1])
  }

  @Test func aLinkInThePlaceOfTheTreeIsRemovedItself() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("canary/sub"))
    try Files.makeSymbolicLink(scratch("tree"), to: scratch("canary"))
    #expect(try Files.removeTree(scratch("tree")))
    #expect(try Files.exists(scratch("canary/sub")))
  }

  @Test func neverEntersAnotherMountEvenOfTheSameFileSystem() throws {
    try #require(isRoot, "needs root")
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("canary"))
    try Files.write(scratch("canary/file"), [1])
    try Files.makeDirectories(scratch("tree/mnt"))
    try Files.write(scratch("tree/other"), [1])
    try Mount.mount(scratch("canary"), on: scratch("tree/mnt"), flags: [.bind])
    #expect(throws: SystemError.self) { try Files.removeTree(scratch("tree")) }
    #expect(try Files.read(scratch("canary/file")) == [1])
    #expect(try !Files.exists(scratch("tree/other")), "what can be removed is")
    try Mount.unmount(scratch("tree/mnt"))
    #expect(try Files.removeTree(scratch("tree")))
  }

  @Test func aTreeDeeperThanDescriptorsAndPathsGoAwayToo() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("tree"))
    var folder = try FileDescriptor.open(scratch("tree"), [.directory])
    for _ in 0..<3000 {
      try folder.makeDirectory("deeper-folder")
      folder = try folder.open("deeper-folder", [.directory])
    }
    #expect(try Files.removeTree(scratch("tree")))
    #expect(try !Files.exists(scratch("tree")))
  }

  @Test func swappingAFolderForALinkMeanwhileReachesNothingOutside() async throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("canary"))
    for number in 0..<50 { try Files.write(scratch("canary/\(number)"), [1]) }
    for _ in 0..<20 {
      try Files.makeDirectories(scratch("tree/d"))
      try Files.makeSymbolicLink(scratch("tree/link"), to: scratch("canary"))
      for number in 0..<50 { try Files.write(scratch("tree/d/\(number)"), [1]) }
      let pool = BlockingPool(maximumThreads: 2)
      async let swaps: Void = pool.run {
        for _ in 0..<200 {
          do {
            try Files.rename(scratch("tree/d"), to: scratch("tree/e"))
            try Files.rename(scratch("tree/link"), to: scratch("tree/d"))
            try Files.rename(scratch("tree/d"), to: scratch("tree/link"))
            try Files.rename(scratch("tree/e"), to: scratch("tree/d"))
          } catch { continue }
        }
      }
      async let removal: Void = pool.run {
        do { try Files.removeTree(scratch("tree")) } catch {}
      }
      _ = await (swaps, removal)
      try Files.removeTree(scratch("tree"))
    }
    #expect(try Files.list(scratch("canary")).count == 50)
  }

  @Test func theSizeOfATreeCountsLinkedFilesOnce() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("tree/a"))
    try Files.write(scratch("tree/f"), [UInt8](repeating: 1, count: 10_000))
    let folder = try FileDescriptor.open(scratch("tree"), [.directory])
    try folder.link("f", in: folder, as: "g")
    try folder.makeSymbolicLink("h", to: "/")
    let size = try TreeSize(of: scratch("tree"))
    #expect(size.bytes == 10_000)
    #expect(size.files == 4)
  }
}
