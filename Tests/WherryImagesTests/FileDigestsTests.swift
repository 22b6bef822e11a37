import Testing
import WherryLinux
import WherryModel

@testable import WherryImages

struct FileDigestsTests {
  @Test func theHolesOfAllFilesOfALayerTogetherAreBounded() throws {
    let digests = try FileDigests("/nonexistent", maximumHoles: 1000)
    func file(_ holes: UInt64...) throws -> Bool {
      var content = digests.begin()
      for hole in holes { content.update(hole: hole) }
      try digests.record(1, content)
      return content.finish() != nil
    }
    #expect(try file(300, 300))
    #expect(try !file(500))
    #expect(try file(400))
    #expect(try !file(1))
    #expect(try file(0))
  }
}
