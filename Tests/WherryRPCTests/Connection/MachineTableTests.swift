import Testing

struct MachineTableTests {
  /// `WriteTable` writes the table; each line it changes is to be read and meant.
  @Test
  func everyEventInEveryStateHasTheOutcomeOfTheTable() throws {
    let path = TestFiles.path("../Golden/machine-table.txt", beside: #filePath)
    let expected = try #require(TestFiles.text(path)).split(separator: "\n").map(String.init)
    let actual = MachineTable.outcomes()
    #expect(actual.count == expected.count)
    for (actual, expected) in zip(actual, expected) { #expect(actual == expected) }
  }

  @Test
  func aClosedMachineDoesNothing() {
    for line in MachineTable.outcomes() where line.hasPrefix("closed") {
      let parts = line.split(separator: "|").map { $0.trimmingSpaces }
      let isQuiet = [
        "-", "wait", "refused cancelled", "finish 2 unavailable!", "finish 2 unavailable!; resume 2",
      ].contains(parts[2])
      #expect(isQuiet, "\(line)")
    }
  }

  /// Whoever waits is woken: no event that closes a connection leaves a call behind.
  @Test
  func nothingIsLeftInAMachineThatCloses() {
    for line in MachineTable.outcomes() where line.hasSuffix("| closed") {
      let parts = line.split(separator: "|").map { $0.trimmingSpaces }
      if parts[0].hasPrefix("calling"), parts[0] != "calling, abandoned", parts[0] != "calling, answered" {
        #expect(parts[2].contains("finish 2"), "\(line)")
      }
      if parts[0] == "serving" || parts[0] == "serving, output ended" {
        #expect(parts[2].contains("cancel handler 1"), "\(line)")
      }
    }
  }
}

extension Substring {
  var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
