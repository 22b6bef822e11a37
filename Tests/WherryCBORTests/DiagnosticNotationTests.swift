import Testing
import WherryCBOR

struct DiagnosticNotationTests {
  /// RFC 8949 appendix A, and what has no entry there.
  static let examples: [(bytes: [UInt8], text: String)] = [
    ([0x00], "0"), ([0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615"),
    ([0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "-18446744073709551616"),
    ([0x38, 0x63], "-100"),
    ([0xf4], "false"), ([0xf6], "null"), ([0xf7], "undefined"), ([0xf8, 0xff], "simple(255)"),
    ([0xf9, 0x7c, 0x00], "Infinity"), ([0xf9, 0x7e, 0x00], "NaN"), ([0xf9, 0x3e, 0x00], "1.5"),
    ([0x44, 1, 2, 3, 4], "h'01020304'"), ([0x62, 0x22, 0x5c], #""\"\\""#), ([0xc1, 0x00], "1(0)"),
    ([0x63, 0x1b, 0x5b, 0x4a], #""\u001b[J""#), ([0x82, 0x01, 0x81, 0x02], "[1, [2]]"),
    ([0xa2, 0x01, 0x02, 0x03, 0xa0], "{1: 2, 3: {}}"), ([0x01, 0x02], "1, 2"),
  ]

  @Test(arguments: examples) func itIsWhatTheRFCWrites(bytes: [UInt8], text: String) {
    #expect(DiagnosticNotation().text(bytes[...]) == text)
  }

  @Test(arguments: [
    [UInt8](repeating: 0xc1, count: 100_000), [UInt8](repeating: 0x81, count: 100_000), [0x9b, 0x7f, 0xff],
    [0x82, 0x01], [0xff], [0x5f, 0x41], [0x62, 0xff, 0xfe],
  ]) func whatIsNoCBORIsShownAsBytes(bytes: [UInt8]) {
    let text = DiagnosticNotation().text(bytes[...])
    #expect(text.contains("h'"))
    #expect(text.utf8.count < 4096)
  }

  @Test func whatIsHiddenIsNotShown() {
    var notation = DiagnosticNotation()
    notation.hidden = [1, 2]
    // [0, {1: 2, 2: "secret", 3: {2: 4}}]
    let bytes: [UInt8] =
      [0x82, 0x00, 0xa3, 0x01, 0x02, 0x02, 0x66] + Array("secret".utf8) + [0x03, 0xa1, 0x02, 0x04]
    #expect(notation.text(bytes[...]) == "[0, {1: 2, 2: \"…\" / hidden /, 3: {2: 4}}]")
    for length in 0..<bytes.count {
      let text = notation.text(bytes[..<length])
      #expect(!text.contains("secret") && !text.contains("736563"), "\(text)")
    }
  }

  @Test func longStringsAreCut() {
    var writer = CBORWriter()
    writer.writeBytes([UInt8](repeating: 7, count: 5000))
    writer.writeText(String(repeating: "x", count: 5000))
    let text = DiagnosticNotation().text(writer.bytes[...])
    #expect(text.contains("/ 5000 bytes /"))
    #expect(text.utf8.count < 1100)
  }
}
