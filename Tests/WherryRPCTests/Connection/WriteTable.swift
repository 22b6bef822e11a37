import Glibc
import Testing

struct WriteTable {
  /// `WHERRY_WRITE_GOLDEN=1 swift test --filter WriteTable`, then read what `git diff` shows.
  @Test(.enabled(if: getenv("WHERRY_WRITE_GOLDEN") != nil, "only to change the table"))
  func writeTheTable() throws {
    let path = TestFiles.path("../Golden/machine-table.txt", beside: #filePath)
    let file = try #require(fopen(path, "w"))
    fputs(MachineTable.outcomes().map { $0 + "\n" }.joined(), file)
    fclose(file)
  }
}
