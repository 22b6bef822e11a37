import Glibc
import Testing
import WherryLinux

@Suite struct LowDescriptorsTests {
  @Test(.enabled(if: sysconf(Int32(_SC_OPEN_MAX)) > 1200, "needs a limit of more than 1,200 descriptors"))
  func whatIsOpenedThereIsLowAndGoesWithTheThread() throws {
    let scratch = try Scratch()
    try Files.write(scratch("file"), [1])
    // As many as push the next one over what select(2) takes.
    var crowd: [FileDescriptorBox] = []
    while (crowd.last?.rawValue ?? 0) < 1100 {
      crowd.append(FileDescriptorBox(try FileDescriptor.open(scratch("file"))))
    }
    var opened: Int32 = -1
    try LowDescriptors.run {
      do { opened = try FileDescriptor.open(scratch("file")).release() } catch { Issue.record(error) }
    }
    #expect((3..<64).contains(opened))
    // The process has lost none of its own, and the thread's is none of them.
    for box in crowd { #expect(fcntl(box.rawValue, F_GETFD) >= 0) }
    let next = try FileDescriptor.open(scratch("file"))
    #expect(next.rawValue > 1100)
  }
}
