/// What the maker of a card or disk says it can bear, and what its owner wants of it.
package struct StorageRating: Sendable, Hashable {
  /// Bytes that may be written in its life (TBW).
  package var bytes: UInt64
  /// How long it should last; less is a warning.
  package var years: Double

  package init(bytes: UInt64, years: Double = 5) {
    self.bytes = bytes
    self.years = years
  }

  /// How many years a card of this rating lasts at `daily` bytes a day; nil for none. Pure.
  package func life(at daily: UInt64) -> Double? {
    daily == 0 ? nil : Double(bytes) / Double(daily) / 365.25
  }

  /// What `info` warns of; nil where it lasts long enough. Only of a day that was counted.
  package func warning(daily: UInt64?, milliseconds: UInt64) -> String? {
    guard let daily, milliseconds >= 86_400_000, let life = life(at: daily), life < years else { return nil }
    return
      "the storage lasts \(Self.text(life)) years at what is written now, and should last \(Self.text(years)): "
      + "'wherry system wear' tells who writes"
  }

  /// With one digit after the point.
  static func text(_ years: Double) -> String {
    guard let tenths = Int(exactly: (years * 10).rounded(.down)) else { return "more than a million" }
    let (whole, rest) = tenths.quotientAndRemainder(dividingBy: 10)
    return rest == 0 ? "\(whole)" : "\(whole).\(rest)"
  }
}
