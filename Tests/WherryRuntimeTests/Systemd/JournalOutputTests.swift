import Testing
import WherryEngine
import WherryModel
import WherrySystemd

@testable import WherryRuntime

@Suite struct JournalOutputTests {
  private func entry(_ text: String, priority: UInt8 = 6, lineBreak: String? = nil, partial: Bool = false)
    -> JournalEntry
  {
    JournalEntry(
      time: 1, message: Array(text.utf8), priority: priority, identifier: "web", lineBreak: lineBreak,
      isPartial: partial)
  }

  @Test(
    arguments: [
      (nil, false, "a\n"), ("nul", false, "a\0"), ("eof", false, "a"), ("line-max", false, "a"),
      ("pid-change", false, "a"), (nil, true, "a"),
    ] as [(String?, Bool, String)])
  func theBytesWrittenComeBack(lineBreak: String?, partial: Bool, expected: String) {
    let entry = entry("a", lineBreak: lineBreak, partial: partial)
    #expect(entry.output == Array(expected.utf8))
    #expect(entry.endsLine == expected.hasSuffix("\n"))
  }

  @Test func prioritiesAreStreams() {
    #expect(JournalOutput.line(entry("a", priority: 3)).stream == .stderr)
    #expect(JournalOutput.line(entry("a", priority: 6)).stream == .stdout)
    #expect(JournalOutput.line(entry("a")).time == Timestamp(nanoseconds: 1_000))
  }

  @Test func whatTheUnitsHelpersSayIsNoOutput() {
    var helper = entry("wherry: something")
    helper.identifier = UnitPlan.helperIdentifier
    #expect(!JournalOutput.isOutput(helper))
    #expect(JournalOutput.isOutput(entry("a")))
  }

  @Test func fieldNamesAreWhatTheJournalAccepts() {
    #expect(JournalWriter.fieldName("moved_to") == "WHERRY_MOVED_TO")
    #expect(JournalWriter.fieldName("a-b.ü") == "WHERRY_A_B___")
    #expect(JournalWriter.fieldName(String(repeating: "x", count: 100)).utf8.count == 64)
  }
}
