import Glibc
import Testing

@testable import WherryLinux

@Suite struct WaitUntilGoneTests {
  @Test func itEndsWithTheEntry() async throws {
    let scratch = try Scratch()
    let path = scratch.path + "/pending"
    #expect(try Files.waitUntilGone(path, patience: .zero), "it was not there")
    try Files.write(path, [])
    #expect(try !Files.waitUntilGone(path, patience: .milliseconds(20)))
    let pool = BlockingPool(maximumThreads: 1)
    async let gone = pool.run { () throws(SystemError) in
      try Files.waitUntilGone(path, patience: .seconds(60))
    }
    // Others come and go meanwhile.
    try Files.write(path + "-not", [])
    try Files.unlink(path + "-not")
    try Files.unlink(path)
    #expect(try await gone)
  }

  @Test func anotherDescriptorEndsTheWaiting() throws {
    let (reading, writing) = try Pipe().ends()
    let idle = FileDescriptor(owning: reading)
    let writer = FileDescriptor(owning: writing)
    let (readable, filled) = try Pipe().ends()
    let other = FileDescriptor(owning: readable)
    let filler = FileDescriptor(owning: filled)
    let soon = ContinuousClock.now + .milliseconds(20)
    #expect(try !idle.waitUntilReadable(until: soon, or: other.rawValue))
    try filler.write([1])
    #expect(try idle.waitUntilReadable(until: .now + .seconds(60), or: other.rawValue))
    try writer.write([1])
    #expect(try idle.waitUntilReadable(until: .now + .seconds(60)))
  }
}
