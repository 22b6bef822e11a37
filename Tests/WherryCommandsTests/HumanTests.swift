import Testing

@testable import WherryCommands

struct HumanTests {
  // The vectors of go-units' duration_test.go.
  static let durationsAreGoUnitsCases: [(UInt64, String)] = [
    (0, "Less than a second"), (1, "1 second"), (45, "45 seconds"), (59, "59 seconds"),
    (60, "About a minute"), (119, "About a minute"), (120, "2 minutes"), (45 * 60, "45 minutes"),
    (60 * 60, "About an hour"), (85 * 60, "About an hour"), (90 * 60, "2 hours"), (3 * 3600, "3 hours"),
    (24 * 3600, "24 hours"), (35 * 3600, "35 hours"), (48 * 3600, "2 days"), (72 * 3600, "3 days"),
    (7 * 24 * 3600, "7 days"), (13 * 24 * 3600 + 5 * 3600, "13 days"), (14 * 24 * 3600, "2 weeks"),
    (28 * 24 * 3600, "4 weeks"), (60 * 24 * 3600, "2 months"), (365 * 24 * 3600, "12 months"),
    (2 * 365 * 24 * 3600, "2 years"), (3 * 365 * 24 * 3600, "3 years"),
  ]

  @Test(arguments: durationsAreGoUnitsCases)
  func durationsAreGoUnits(_ seconds: UInt64, _ expected: String) {
    #expect(Human.duration(seconds: seconds) == expected)
  }

  static let sizesAreGoUnitsCases: [(UInt64, String)] = [
    (0, "0B"), (999, "999B"), (1000, "1kB"), (1024, "1.024kB"), (1_000_000, "1MB"), (1_048_576, "1.049MB"),
    (2_500_000_000, "2.5GB"), (999_999, "1MB"), (UInt64.max, "18.45EB"),
  ]

  @Test(arguments: sizesAreGoUnitsCases)
  func sizesAreGoUnits(_ bytes: UInt64, _ expected: String) {
    #expect(Human.size(bytes) == expected)
  }

  static let imagesShowThreeDigitsCases: [(UInt64, String)] = [
    (7_797_760, "7.8MB"), (187_000_000, "187MB"), (1_480_000, "1.48MB"), (123, "123B"),
  ]

  @Test(arguments: imagesShowThreeDigitsCases)
  func imagesShowThreeDigits(_ bytes: UInt64, _ expected: String) {
    #expect(Human.size(bytes, digits: 3) == expected)
  }

  @Test func memoryIsShownInPowersOf1024() {
    #expect(Human.binarySize(25_276_936_192) == "23.54GiB")
  }
}
