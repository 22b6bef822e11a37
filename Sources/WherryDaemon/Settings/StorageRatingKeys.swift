import WherryEngine
import WherryModel

/// The value of `storage-rating`.
struct StorageRatingKeys: Decodable {
  enum Key: String, CodingKey, CaseIterable {
    case terabytes = "terabytes-written"
    case years
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var terabytes: Double
  var years: Double?

  init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw WherryError(
        .invalidArgument,
        "unknown key \(String(key.stringValue.prefix(80)).debugDescription) in storage-rating",
        hint: "known keys: " + Key.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let values = try decoder.container(keyedBy: Key.self)
    terabytes = try values.decode(Double.self, forKey: .terabytes)
    years = try values.decodeIfPresent(Double.self, forKey: .years)
  }

  /// A thousandth of a terabyte to a million; a tenth of a year to a hundred.
  func rating() throws(WherryError) -> StorageRating {
    guard (0.001...1_000_000).contains(terabytes) else {
      throw WherryError(
        .invalidArgument, "storage-rating: terabytes-written of \(terabytes)",
        hint: "give the maker's figure (TBW), 0.001 to 1000000")
    }
    let years = years ?? 5
    guard (0.1...100).contains(years) else {
      throw WherryError(
        .invalidArgument, "storage-rating: years of \(years)",
        hint: "give 0.1 to 100, for how long it should last")
    }
    return StorageRating(bytes: UInt64(terabytes * 1e12), years: years)
  }
}
