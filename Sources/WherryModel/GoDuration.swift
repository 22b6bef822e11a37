/// Go's duration syntax, `1h2m3.5s` (time.ParseDuration). Only whole-word use; no sign but `-`.
package enum GoDuration {
  /// Nanoseconds; nil where the text is no duration or is out of range.
  package static func nanoseconds(_ text: String) -> Int64? {
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return nil }
    if rest == "0" { return 0 }
    var total = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
      rest = rest.dropFirst(unit.count)
      guard let value = Double(number), let factor = factor(unit) else { return nil }
      total += value * factor
    }
    return Int64(exactly: (isNegative ? -total : total).rounded())
  }

  private static func factor(_ unit: Substring) -> Double? {
    switch unit {
    case "ns": 1
    case "us", "µs", "μs": 1e3
    case "ms": 1e6
    case "s": 1e9
    case "m": 60e9
    case "h": 3600e9
    default: nil
    }
  }
}
