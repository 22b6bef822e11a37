import Glibc
import Testing

@testable import WherryLinux

struct AccessControlListTests {
  @Test
  func aListIsWhatTheKernelExpects() {
    #expect(
      AccessControlList.encoded(readersAndWriters: [60, 2, 60]) == [
        2, 0, 0, 0,  // version
        0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,  // owner
        0x04, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,  // its group
        0x08, 0, 6, 0, 2, 0, 0, 0,
        0x08, 0, 6, 0, 60, 0, 0, 0,
        0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,  // mask
        0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,  // others
      ])
  }

  @Test
  func theKernelTakesAListAndGivesItUpAgain() throws {
    let folder = try Scratch()
    let path = folder.path + "/shared"
    let file = try FileDescriptor.open(path, [.writeOnly, .create], mode: 0o600)
    try file.close()
    try AccessControlList.share(path, with: [])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    do {
      try AccessControlList.share(path, with: [2, 60])
    } catch {
      // A file system without lists.
      #expect(error.errno == EOPNOTSUPP)
      return
    }
    let shared = try FileDescriptor.open(path, [.readOnly])
    #expect(
      try shared.extendedAttribute(AccessControlList.attribute)
        == AccessControlList.encoded(readersAndWriters: [2, 60]))
    try AccessControlList.share(path, with: [])
    #expect(try shared.extendedAttribute(AccessControlList.attribute) == nil)
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
    try shared.close()
  }
}
