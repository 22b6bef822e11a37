import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryImages

/// A network that takes its time for each read.
private final class SlowSource: ByteSource {
  private let inner: MemorySource
  private let pause: UInt32

  init(_ bytes: [UInt8], pause: UInt32) {
    inner = MemorySource(bytes)
    self.pause = pause
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if pause > 0 { usleep(pause) }
    return try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, 1000)]))
  }
}

@Suite struct SpoolingTests {
  private static let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  private static let policy = SpoolingSource.Policy(
    minimumSize: 10_000, undecided: 2000, patience: .milliseconds(20), syncEvery: 3000)

  private func read(_ source: SpoolingSource, _ count: Int) throws -> [UInt8] {
    var found: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1500)
    while found.count < count {
      let got = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if got == 0 { break }
      found += buffer[..<got]
    }
    return found
  }

  @Test(arguments: [(UInt32(0), false), (10_000, true)])
  func onlyASlowNetworkIsKept(_ pause: UInt32, _ keeps: Bool) throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/kept"
    let source = try SpoolingSource(
      SlowSource(Self.bytes, pause: pause), path: path, offset: nil, size: 20_000, policy: Self.policy)
    let got = try read(source, 5000)
    #expect(got == Array(Self.bytes[..<got.count]))
    let kept = try #require(try SpoolingSource.keptBytes(path, of: 20_000))
    #expect(kept == (keeps ? UInt64(got.count) : 0))
    // The next process goes on, and keeps from its first byte, however quick the network.
    let next = try SpoolingSource(
      SlowSource(Array(Self.bytes[Int(kept)...]), pause: 0), path: path, offset: kept, size: 20_000,
      policy: Self.policy)
    #expect(try read(next, 20_000) == Self.bytes)
    #expect(try SpoolingSource.keptBytes(path, of: 20_000) == 20_000)
    #expect(try Files.read(path) == Self.bytes)
    try next.discard()
    #expect(try !Files.exists(path))
  }

  @Test func smallBlobsAreNotKept() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/kept"
    let source = try SpoolingSource(
      SlowSource(Self.bytes, pause: 1000), path: path, offset: nil, size: 9999, policy: Self.policy)
    _ = try read(source, 5000)
    #expect(try !Files.exists(path))
  }

  @Test func fileThatIsLongerThanTheBlobIsRemoved() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/kept"
    try Files.write(path, Self.bytes)
    #expect(try SpoolingSource.keptBytes(path, of: 19_999) == nil)
    #expect(try !Files.exists(path))
  }
}
