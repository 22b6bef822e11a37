import Testing
import WherryRegistry

@Suite struct ByteRangeTests {
  @Test(
    arguments: [
      (nil, ByteRange.whole), ("bytes=0-0", .part(start: 0, count: 1)),
      ("bytes=5-", .part(start: 5, count: 5)),
      ("bytes=-3", .part(start: 7, count: 3)), ("bytes=-30", .part(start: 0, count: 10)),
      ("bytes=8-100", .part(start: 8, count: 2)), ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=9-2", .whole), ("bytes=0-1,4-5", .whole), ("lines=1-2", .whole), ("bytes=", .whole),
      ("bytes=-", .whole), ("bytes=99999999999999999999-", .whole), ("bytes=0x1-2", .whole),
    ] as [(String?, ByteRange)])
  func oneRangeIsUnderstoodAndOthersAreIgnored(_ header: String?, _ range: ByteRange) {
    #expect(ByteRange(header, size: 10) == range)
  }
}
