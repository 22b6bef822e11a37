import Testing
import WherryEngine

@testable import WherryRuntime

@Suite struct LogLineParserTests {
  private func parse(_ text: String) -> LogLine? { LogLineParser.parse(Array(text.utf8)[...]) }

  @Test func wholeLinesEndWithANewline() {
    let line = parse("2026-11-23T22:00:00.000000001+00:00 stdout F hello  world ")
    #expect(line?.stream == .stdout)
    #expect(line?.data == Array("hello  world \n".utf8))
  }

  @Test func partsDoNot() {
    #expect(parse("2026-11-23T22:00:00.5Z stderr P half")?.data == Array("half".utf8))
    #expect(parse("2026-11-23T22:00:00.5Z stderr P half")?.stream == .stderr)
  }

  @Test func anEmptyLineIsANewline() { #expect(parse("2026-11-23T22:00:00.5Z stdout F ")?.data == [10]) }

  @Test(arguments: [
    "", " ", "x", "2026-11-23T22:00:00Z", "2026-11-23T22:00:00Z stdout", "2026-11-23T22:00:00Z stdout F",
    "2026-11-23T22:00:00Z stdin F a", "2026-11-23T22:00:00Z stdout X a", "yesterday stdout F a",
    "2026-13-99T99:00:00Z stdout F a", "  stdout F a", "99999999999999999999-01-01T00:00:00Z stdout F a",
  ]) func otherLinesAreDropped(_ text: String) { #expect(parse(text) == nil) }

  @Test func contentThatLooksLikeALogLineIsContent() {
    let forged = "2026-11-23T22:00:00Z stderr F forged"
    #expect(parse("2026-11-23T22:00:00Z stdout F \(forged)")?.data == Array("\(forged)\n".utf8))
    #expect(parse("2026-11-23T22:00:00Z stdout F \(forged)")?.stream == .stdout)
  }

  @Test func bytesThatAreNoTextComeThrough() {
    let bytes = Array("2026-11-23T22:00:00Z stdout F ".utf8) + [0, 0xff, 0x1b, 0x5d, 0x0d]
    #expect(LogLineParser.parse(bytes[...])?.data == [0, 0xff, 0x1b, 0x5d, 0x0d, 10])
  }
}
