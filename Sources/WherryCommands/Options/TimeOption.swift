import Glibc
import WherryModel

/// `--since` and `--until`: a duration before now, RFC 3339 and its shorter forms, or seconds
/// since the epoch (Docker's `timetypes.GetTimestamp`).
enum TimeOption {
  static func parse(_ text: String, now: Timestamp) throws(OptionError) -> Timestamp {
    if let ago = GoDuration.nanoseconds(text) {
      let (moment, overflow) = Int64(clamping: now.nanoseconds).subtractingReportingOverflow(ago)
      guard !overflow, let nanoseconds = UInt64(exactly: moment) else { throw refused(text) }
      return Timestamp(nanoseconds: nanoseconds)
    }
    if let moment = seconds(text) ?? date(text) { return moment }
    throw refused(text)
  }

  private static func refused(_ text: String) -> OptionError {
    OptionError("failed to parse value as time or duration: \(GoQuote.quote(text))")
  }

  /// `1136073600` or `1136073600.000000001`.
  private static func seconds(_ text: String) -> Timestamp? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = UInt64(parts[0]) else { return nil }
    return moment(whole, fraction: parts.count == 2 ? parts[1] : "0")
  }

  private static func moment(_ seconds: UInt64, fraction: Substring) -> Timestamp? {
    guard !fraction.isEmpty, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let digits = fraction.prefix(9)
    guard let part = UInt64(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(part)
    return overflow || carry ? nil : Timestamp(nanoseconds: sum)
  }

  /// `2006-01-02[T15[:04[:05[.9…]]]][Z|±07:00]`; without a zone, the local one.
  private static func date(_ text: String) -> Timestamp? {
    let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    var clock = halves.count == 2 ? halves[1] : ""
    var day = halves[0]
    var zone: Int?
    if clock.hasSuffix("Z") {
      clock = clock.dropLast()
      zone = 0
    } else if halves.count == 1, day.hasSuffix("Z") {
      day = day.dropLast()
      zone = 0
    } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let offset = clock[clock.index(after: sign)...].split(separator: ":").compactMap { Int($0) }
      guard offset.count == 2, (0...23).contains(offset[0]), (0...59).contains(offset[1]) else { return nil }
      zone = (offset[0] * 3_600 + offset[1] * 60) * (clock[sign] == "-" ? -1 : 1)
      clock = clock[..<sign]
    }
    let date = day.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard date.count == 3, let year = date[0], let month = date[1], let dayOfMonth = date[2],
      let days = Calendar.days(year: year, month: month, day: dayOfMonth)
    else { return nil }
    let timeParts = clock.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let time = (timeParts.first ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    var ofDay = [0, 0, 0]
    if halves.count == 2 {
      guard (1...3).contains(time.count), timeParts.count == 1 || time.count == 3 else { return nil }
      for (index, part) in time.enumerated() {
        guard let part, (0...(index == 0 ? 23 : 60)).contains(part) else { return nil }
        ofDay[index] = part
      }
    }
    let local = days * 86_400 + ofDay[0] * 3_600 + ofDay[1] * 60 + ofDay[2]
    let seconds = local - (zone ?? localOffset(year, month, dayOfMonth, ofDay))
    guard let seconds = UInt64(exactly: seconds) else { return nil }
    return moment(seconds, fraction: timeParts.count == 2 ? timeParts[1] : "0")
  }

  /// Seconds east of UTC at a local time.
  private static func localOffset(_ year: Int, _ month: Int, _ day: Int, _ clock: [Int]) -> Int {
    var parts = tm()
    parts.tm_year = Int32(clamping: year - 1900)
    parts.tm_mon = Int32(clamping: month - 1)
    parts.tm_mday = Int32(clamping: day)
    parts.tm_hour = Int32(clamping: clock[0])
    parts.tm_min = Int32(clamping: clock[1])
    parts.tm_sec = Int32(clamping: clock[2])
    parts.tm_isdst = -1
    return mktime(&parts) == -1 ? 0 : parts.tm_gmtoff
  }
}
