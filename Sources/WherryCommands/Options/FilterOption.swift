import WherryModel

/// `--filter KEY=VALUE`, given any number of times.
enum FilterOption {
  static func parse(_ options: [String]) throws(OptionError) -> [String: [String]] {
    var filters: [String: [String]] = [:]
    for option in options {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw OptionError("bad format of filter (expected name=value)")
      }
      let key = parts[0].lowercased().trimmed
      filters[key, default: []].append(String(parts[1]).trimmed)
    }
    return filters
  }
}

extension StringProtocol {
  /// Without white space at either end.
  var trimmed: String {
    let head = drop(while: \.isWhitespace)
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(head[...last])
  }
}

extension [String: [String]] {
  /// `until` as seconds since 1970, whatever form the user gave it.
  func withMoments(_ now: Timestamp) throws(OptionError) -> [String: [String]] {
    var filters = self
    for (index, text) in (filters["until"] ?? []).enumerated() {
      let moment = try TimeOption.parse(text, now: now)
      let fraction = String(moment.nanoseconds % 1_000_000_000)
      let padding = String(repeating: "0", count: 9 - fraction.count)
      filters["until"]?[index] = "\(moment.nanoseconds / 1_000_000_000).\(padding)\(fraction)"
    }
    return filters
  }
}
