package import WherryModel

/// Times as image documents write them: `2024-02-29T12:00:00.5+01:00`.
package enum RFC3339 {
  /// Nil for anything malformed, and for times a `Timestamp` cannot hold (such as Go's zero time).
  package static func parse(_ text: String) -> Timestamp? {
    var bytes = Array(text.utf8)[...]
    guard let year = number(&bytes, 4), drop(&bytes, "-"), let month = number(&bytes, 2), drop(&bytes, "-"),
      let day = number(&bytes, 2), drop(&bytes, "T") || drop(&bytes, "t") || drop(&bytes, " "),
      let hour = number(&bytes, 2), drop(&bytes, ":"), let minute = number(&bytes, 2), drop(&bytes, ":"),
      let second = number(&bytes, 2), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    var nanoseconds = 0
    if drop(&bytes, ".") {
      var scale = 100_000_000
      var digits = 0
      while let digit = number(&bytes, 1) {
        nanoseconds += digit * scale
        scale /= 10
        digits += 1
      }
      guard digits > 0 else { return nil }
    }
    var offset = 0
    if !(drop(&bytes, "Z") || drop(&bytes, "z")) {
      let east = drop(&bytes, "+")
      guard east || drop(&bytes, "-"), let hours = number(&bytes, 2), drop(&bytes, ":"),
        let minutes = number(&bytes, 2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 3600 + minutes * 60) * (east ? 1 : -1)
    }
    guard bytes.isEmpty else { return nil }
    let seconds = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    guard let whole = UInt64(exactly: seconds) else { return nil }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = scaled.addingReportingOverflow(UInt64(nanoseconds))
    return overflow || carry ? nil : Timestamp(nanoseconds: sum)
  }

  /// UTC, with as many fractional digits as are needed.
  package static func format(_ time: Timestamp) -> String {
    let seconds = time.nanoseconds / 1_000_000_000
    let fraction = time.nanoseconds % 1_000_000_000
    let (year, month, day) = date(Int(seconds / 86400))
    let rest = Int(seconds % 86400)
    var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    text += "T\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
    if fraction > 0 {
      var digits = pad(Int(fraction), 9)
      while digits.hasSuffix("0") { digits.removeLast() }
      text += ".\(digits)"
    }
    return text + "Z"
  }

  /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar
  /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146097 + dayOfEra - 719468
  }

  /// The inverse of `days` for days from 1970 (civil_from_days).
  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719468
    let era = shifted / 146097
    let dayOfEra = shifted - era * 146097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let index = (5 * dayOfYear + 2) / 153
    let month = index < 10 ? index + 3 : index - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>, _ digits: Int) -> Int? {
    guard bytes.count >= digits else { return nil }
    var value = 0
    for byte in bytes.prefix(digits) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    bytes = bytes.dropFirst(digits)
    return value
  }

  private static func drop(_ bytes: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
    guard bytes.first == UInt8(ascii: character) else { return false }
    bytes = bytes.dropFirst()
    return true
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
