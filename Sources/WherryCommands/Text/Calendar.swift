import Glibc
import WherryModel

/// Moments as RFC 3339 and Go print them. The Gregorian arithmetic is of Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
enum Calendar {
  /// What Docker prints for a moment that has not come.
  static let never = "0001-01-01T00:00:00Z"

  /// RFC3339Nano in UTC: the fraction loses its trailing zeros.
  static func rfc3339(_ time: Timestamp?) -> String {
    guard let time, time.nanoseconds > 0 else { return never }
    let fraction = pad(time.nanoseconds % 1_000_000_000, 9)
    let digits = fraction.reversed().drop { $0 == "0" }.reversed()
    return date(time.nanoseconds / 1_000_000_000) + (digits.isEmpty ? "" : "." + String(digits)) + "Z"
  }

  /// RFC 3339 in UTC with nine digits of fraction, so that lines align.
  static func fixedWidth(_ time: Timestamp) -> String {
    date(time.nanoseconds / 1_000_000_000) + "." + pad(time.nanoseconds % 1_000_000_000, 9) + "Z"
  }

  /// As Go's `Time.String` of whole seconds in the local zone: `2026-11-23 21:45:41 +0000 UTC`.
  static func local(_ time: Timestamp) -> String {
    var seconds = time_t(clamping: time.nanoseconds / 1_000_000_000)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return rfc3339(time) }
    let offset = parts.tm_gmtoff / 60
    let sign = offset < 0 ? "-" : "+"
    let minutes = UInt64(offset.magnitude)
    let zone = parts.tm_zone.map { String(cString: $0) } ?? ""
    return
      "\(pad(UInt64(clamping: Int(parts.tm_year) + 1900), 4))-\(pad(UInt64(clamping: parts.tm_mon + 1), 2))"
      + "-\(pad(UInt64(clamping: parts.tm_mday), 2)) \(pad(UInt64(clamping: parts.tm_hour), 2))"
      + ":\(pad(UInt64(clamping: parts.tm_min), 2)):\(pad(UInt64(clamping: parts.tm_sec), 2))"
      + " \(sign)\(pad(minutes / 60, 2))\(pad(minutes % 60, 2)) \(zone)"
  }

  /// `2026-11-23T21:45:41` of seconds since the epoch.
  private static func date(_ seconds: UInt64) -> String {
    let ofDay = seconds % 86_400
    let shifted = seconds / 86_400 + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
      + "T\(pad(ofDay / 3_600, 2)):\(pad(ofDay / 60 % 60, 2)):\(pad(ofDay % 60, 2))"
  }

  /// Days since the epoch of a date of the Gregorian calendar; nil before 1970.
  static func days(year: Int, month: Int, day: Int) -> Int? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  static func pad(_ value: UInt64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
