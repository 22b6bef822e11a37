import Testing
import WherryModel

@testable import WherryCommands

struct TextTests {
  @Test func columnsAreLaidOutAsTabwriterDoes() {
    let text = "CONTAINER ID\tIMAGE\tNAMES\nabc\talpine\tweb\n0123456789abcdef\tx\t\n"
    #expect(
      TabWriter.format(text) == """
        CONTAINER ID       IMAGE     NAMES
        abc                alpine    web
        0123456789abcdef   x         

        """)
  }

  @Test func linesWithoutTabsEndAColumn() {
    #expect(
      TabWriter.format("a\tb\nplain\nlonger cell here\tc\n") == "a         b\nplain\nlonger cell here   c\n")
  }

  static let momentsAreRFC3339NanoCases: [(UInt64, String)] = [
    (0, "0001-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000000001Z"),
    (1_767_225_599_999_000_000, "2025-12-31T23:59:59.999Z"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
    (4_102_444_800_000_000_000, "2100-01-01T00:00:00Z"),
    (1_795_470_341_500_000_000, "2026-11-23T21:45:41.5Z"),
  ]

  @Test(arguments: momentsAreRFC3339NanoCases)
  func momentsAreRFC3339Nano(_ nanoseconds: UInt64, _ expected: String) {
    #expect(Calendar.rfc3339(Timestamp(nanoseconds: nanoseconds)) == expected)
  }

  @Test func jsonIsWrittenAsGoWritesIt() {
    let value: Value = [
      "a": "x\"\\\n\u{01}<é\u{2028}", "empty": [], "none": nil, "map": [:], "list": [1, true, .double(0.5)],
    ]
    #expect(
      JSONWriter.compact(value)
        == #"{"a":"x\"\\\n\u0001<é\u2028","empty":[],"none":null,"map":{},"list":[1,true,0.5]}"#)
    #expect(
      JSONWriter.indented(["a": [1], "b": [:]]) == "{\n    \"a\": [\n        1\n    ],\n    \"b\": {}\n}")
  }

  @Test func metadataCannotSteerATerminal() {
    #expect(
      Sanitise.metadata("a\u{1B}]0;x\u{07}b\rc\u{9B}2J\u{202E}") == "a\\x1b]0;x\\x07b\\x0dc\\u009b2J\\u202e")
    #expect(Sanitise.metadata("plain é €") == "plain é €")
    #expect(Sanitise.metadata("a\u{1B}", terminal: false) == "a\u{1B}")
  }

  static let logsOnATerminalKeepColoursOnlyCases: [(String, String)] = [
    ("plain\n\tx", "plain\n\tx"),
    ("\u{1B}[1;31mred\u{1B}[0m", "\u{1B}[1;31mred\u{1B}[0m"),
    ("\u{1B}]52;c;eA==\u{07}", "\\x1b]52;c;eA==\\x07"),
    ("\u{1B}[2J", "\\x1b[2J"),
    ("a\rb\u{00}", "a\\x0db\\x00"),
    ("\u{1B}\u{1B}[m", "\\x1b\u{1B}[m"),
  ]

  @Test(arguments: logsOnATerminalKeepColoursOnlyCases)
  func logsOnATerminalKeepColoursOnly(_ text: String, _ expected: String) {
    for cut in 0...text.utf8.count {
      var filter = PayloadFilter()
      let bytes = Array(text.utf8)
      let clean = filter.filter(Array(bytes[..<cut])) + filter.filter(Array(bytes[cut...])) + filter.finish()
      #expect(String(decoding: clean, as: UTF8.self) == expected)
    }
  }

  @Test func textIsCutWithAnEllipsis() {
    #expect(Ellipsis.cut("sleep 1000", 20) == "sleep 1000")
    #expect(Ellipsis.cut("012345678901234567890", 20) == "0123456789012345678…")
    #expect(GoQuote.quote("a \"b\" \\ \n é") == "\"a \\\"b\\\" \\\\ \\n é\"")
  }
}
