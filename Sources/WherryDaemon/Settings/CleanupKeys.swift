import WherryEngine
import WherryModel

/// `"cleanup"` of the settings file: what is removed by itself. Every key is optional, an unknown one an error.
struct CleanupKeys: Decodable {
  enum Key: String, CodingKey, CaseIterable {
    case enabled
    case keepPrevious = "keep-previous"
    case minimumAge = "minimum-age"
    case maximumAge = "maximum-age"
    case highThreshold = "high-threshold"
    case lowThreshold = "low-threshold"
    case stagingAge = "staging-age"
    case damagedAge = "damaged-age"
    case damagedSize = "damaged-size"
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private var isOn: Bool?
  private var keepPrevious: Int?
  private var ages: [Key: Double] = [:]
  private var thresholds: [Key: Int] = [:]
  private var damagedSize: UInt64?

  init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw WherryError(
        .invalidArgument, "unknown key \(String(key.stringValue.prefix(80)).debugDescription) in cleanup",
        hint: "known keys: " + Key.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let values = try decoder.container(keyedBy: Key.self)
    isOn = try values.decodeIfPresent(Bool.self, forKey: .enabled)
    keepPrevious = try values.decodeIfPresent(Int.self, forKey: .keepPrevious)
    for key in [Key.minimumAge, .maximumAge, .stagingAge, .damagedAge] {
      ages[key] = try values.decodeIfPresent(Double.self, forKey: key)
    }
    for key in [Key.highThreshold, .lowThreshold] {
      thresholds[key] = try values.decodeIfPresent(Int.self, forKey: key)
    }
    damagedSize = try values.decodeIfPresent(UInt64.self, forKey: .damagedSize)
  }

  /// Throws `invalidArgument`.
  func apply(to policy: inout CleanupPolicy) throws(WherryError) {
    if let isOn { policy.isOn = isOn }
    if let keepPrevious {
      guard (0...100).contains(keepPrevious) else {
        throw WherryError(.invalidArgument, "keep-previous of \(keepPrevious)", hint: "give 0 to 100")
      }
      policy.keepPrevious = keepPrevious
    }
    if let age = try age(.minimumAge) { policy.minimumAge = age }
    if let age = try age(.maximumAge) { policy.maximumAge = age > .zero ? age : nil }
    if let age = try age(.stagingAge) { policy.stagingAge = age }
    if let age = try age(.damagedAge) { policy.damagedAge = age }
    if let percent = try percent(.highThreshold) { policy.highThreshold = percent }
    if let percent = try percent(.lowThreshold) { policy.lowThreshold = percent }
    guard policy.lowThreshold <= policy.highThreshold else {
      throw WherryError(
        .invalidArgument,
        "low-threshold of \(policy.lowThreshold) is over the high-threshold of \(policy.highThreshold)",
        hint: "images are removed from the high one down to the low one")
    }
    if let damagedSize { policy.damagedSize = damagedSize }
  }

  private func age(_ key: Key) throws(WherryError) -> Duration? {
    guard let seconds = ages[key] else { return nil }
    guard (0...315_360_000).contains(seconds) else {
      throw WherryError(
        .invalidArgument, "\(key.rawValue) of \(seconds) s", hint: "give 0 to 315360000 seconds (ten years)")
    }
    return .seconds(seconds)
  }

  private func percent(_ key: Key) throws(WherryError) -> Int? {
    guard let percent = thresholds[key] else { return nil }
    guard (0...100).contains(percent) else {
      throw WherryError(.invalidArgument, "\(key.rawValue) of \(percent)", hint: "give 0 to 100 percent")
    }
    return percent
  }
}
