import Glibc

/// Durations and sizes in the words of github.com/docker/go-units.
enum Human {
  /// `units.HumanDuration`.
  static func duration(seconds: UInt64) -> String {
    if seconds < 1 { return "Less than a second" }
    if seconds == 1 { return "1 second" }
    if seconds < 60 { return "\(seconds) seconds" }
    let minutes = seconds / 60
    if minutes == 1 { return "About a minute" }
    if minutes < 60 { return "\(minutes) minutes" }
    let hours = minutes / 60 + (minutes % 60 >= 30 ? 1 : 0)
    if hours == 1 { return "About an hour" }
    if hours < 48 { return "\(hours) hours" }
    if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
    if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
    if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
    return "\(minutes / 60 / 24 / 365) years"
  }

  /// `units.HumanSizeWithPrecision`: powers of 1000, `digits` significant ones.
  static func size(_ bytes: UInt64, digits: Int = 4) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(bytes)
    var unit = 0
    // 999.96 kB would round up to 1e+03kB: it is 1MB.
    while unit + 1 < units.count, rounded(value, digits) >= 1000 {
      value /= 1000
      unit += 1
    }
    return significant(value, digits) + units[unit]
  }

  /// `units.BytesSize`: powers of 1024, as `info` shows memory.
  static func binarySize(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(bytes)
    var unit = 0
    while unit + 1 < units.count, value >= 1024 {
      value /= 1024
      unit += 1
    }
    return significant(value, 4) + units[unit]
  }

  private static func rounded(_ value: Double, _ digits: Int) -> Double {
    Double(significant(value, digits)) ?? value
  }

  /// C's `%.*f`.
  static func fixed(_ value: Double, _ digits: Int) -> String { format("%.*f", value, digits) }

  /// C's `%.*g`. printf itself is variadic and cannot be called from Swift.
  static func significant(_ value: Double, _ digits: Int) -> String { format("%.*g", value, digits) }

  private static func format(_ format: String, _ value: Double, _ digits: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = withVaList([Int32(clamping: digits), value]) {
      vsnprintf(&buffer, buffer.count, format, $0)
    }
    return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
