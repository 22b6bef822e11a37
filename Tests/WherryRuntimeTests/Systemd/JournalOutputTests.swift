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

  @Test func whatWasDroppedIsToldInLineAndOnlyOfTheUnitItself() throws {
    var note = entry("Suppressed 42 messages from wherry-1.service")
    note.transport = "driver"
    note.dropped = 42
    let line = try #require(JournalOutput.line(note, of: "wherry-1.service"))
    #expect(line.dropped == 42)
    #expect(line.stream == .stderr)
    #expect(String(decoding: line.data, as: UTF8.self).contains("42 messages were dropped"))
    #expect(JournalOutput.line(note, of: "wherry-2.service") == nil)
    // A container can write the same words, and nothing more.
    let forged = try #require(
      JournalOutput.line(entry("Suppressed 42 messages from wherry-1.service"), of: "wherry-1.service"))
    #expect(forged.dropped == nil)
  }

  @Test func chosenLabelsBecomeFieldsTheJournalAccepts() {
    var log = LogPlan()
    log.details = ["com.example.role": "web", "_x": "1", "message": "no", "tag": "t", "9": "2", "a": "l\nm"]
    #expect(JournalPlan.fields(log) == ["COM_EXAMPLE_ROLE=web", "X=1"])
  }

  @Test func fieldNamesAreWhatTheJournalAccepts() {
    #expect(JournalWriter.fieldName("moved_to") == "WHERRY_MOVED_TO")
    #expect(JournalWriter.fieldName("a-b.ü") == "WHERRY_A_B___")
    #expect(JournalWriter.fieldName(String(repeating: "x", count: 100)).utf8.count == 64)
  }
}
