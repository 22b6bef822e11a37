import Glibc
import Testing
import WherryLinux

@Suite struct TreeSizeTests {
  @Test func filesCountOnceAndFoldersAreEntered() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("a/b"))
    try Files.write(scratch("a/one"), [1, 2, 3])
    try Files.write(scratch("a/b/two"), [1, 2])
    let folder = try FileDescriptor.open(scratch("a"), [.directory])
    try folder.link("one", in: folder, as: "again")
    try Files.makeSymbolicLink(scratch("a/link"), to: "/usr")
    let size = try TreeSize(of: scratch.path)
    #expect(size.bytes == 5)
    #expect(size.files == 6)
    #expect(try TreeSize.ifPresent(scratch("none")) == nil)
  }

  /// A container goes on while it is measured.
  @Test func whatGoesMeanwhileIsPassedOver() async throws {
    let scratch = try Scratch()
    let isDone = Shared(false)
    let churn = BlockingPool(maximumThreads: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let path = scratch("churn")
      group.addTask {
        try await churn.run {
          while !isDone.withLock({ $0 }) {
            for number in 0..<20 { try Files.makeDirectories("\(path)/\(number)/sub/sub") }
            _ = try Files.removeTree(path)
            try Files.makeDirectories(path)
            for number in 0..<20 { try Files.write("\(path)/\(number)", []) }
            _ = try Files.removeTree(path)
          }
        }
      }
      defer { isDone.withLock { $0 = true } }
      try await BlockingPool(maximumThreads: 1).run {
        for _ in 0..<2000 { _ = try TreeSize(of: scratch.path) }
      }
    }
  }
}
