import Testing
import WherryEngine

struct StorageRatingTests {
  private let rating = StorageRating(bytes: 30_000_000_000_000, years: 5)

  @Test func lifeIsTheRatingByWhatIsWritten() throws {
    // 30 TB at 30 GB a day are a thousand days.
    let life = try #require(rating.life(at: 30_000_000_000))
    #expect(abs(life * 365.25 - 1000) < 0.001)
    #expect(rating.life(at: 0) == nil)
  }

  @Test func aWarningNeedsADayAndALifeThatIsTooShort() {
    let day: UInt64 = 86_400_000
    #expect(rating.warning(daily: 30_000_000_000, milliseconds: day - 1) == nil)
    #expect(rating.warning(daily: nil, milliseconds: day) == nil)
    #expect(rating.warning(daily: 1_000_000_000, milliseconds: day) == nil)
    let warning = rating.warning(daily: 30_000_000_000, milliseconds: day)
    #expect(warning?.contains("2.7 years") == true)
    #expect(warning?.contains("should last 5") == true)
  }
}
