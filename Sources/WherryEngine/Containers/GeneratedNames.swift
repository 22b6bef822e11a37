/// Names for containers whose owner gave none: `adjective_surname`, of people of rivers, boats and the sea.
package enum GeneratedNames {
  static let adjectives = [
    "able", "airy", "amber", "ample", "apt", "balmy", "bold", "brave", "breezy", "bright", "brisk", "buoyant",
    "calm", "candid", "clear", "clever", "coastal", "cosy", "crisp", "daring", "deft", "drifting", "eager",
    "early", "earnest", "easy", "even", "fair", "fleet", "fluent", "fond", "free", "fresh", "gallant",
    "gentle", "glad", "golden", "handy", "hardy", "hearty", "honest", "humble", "jaunty", "jolly", "keen",
    "kind", "lively", "loyal", "lucid", "mellow", "merry", "mild", "mindful", "nimble", "noble", "patient",
    "placid", "plucky", "polite", "proud", "quick", "quiet", "ready", "robust", "rowing", "sailing", "salty",
    "serene", "sharp", "silver", "smooth", "snug", "sober", "spry", "stable", "steady", "stout", "sturdy",
    "sunny", "swift", "tidal", "tidy", "tranquil", "true", "trusty", "upbeat", "valiant", "vivid", "warm",
    "watchful", "willing", "windward", "wise", "witty", "zesty",
  ]

  static let surnames = [
    "amundsen", "baret", "barents", "beaufort", "bering", "blackborow", "bligh", "bowditch", "bowen",
    "brunel",
    "cabot", "carpenter", "caspian", "cheng", "chichester", "colomb", "cook", "cousteau", "crozier", "cutler",
    "dampier", "darling", "dias", "drake", "ericson", "fitzroy", "flinders", "franklin", "frobisher",
    "froude",
    "gama", "grace", "hakluyt", "halley", "harrison", "henson", "heyerdahl", "hudson", "humboldt", "jansen",
    "joyon", "jukes", "kenyon", "knox", "lemaire", "lightoller", "lind", "macarthur", "mackenzie",
    "magellan", "maury", "mercator", "moitessier", "mullins", "nansen", "nelson", "nordenskjold", "ohlin",
    "parry", "piccard", "plimsoll", "polo", "pytheas", "quiros", "raleigh", "riedel", "ross", "sacagawea",
    "scoresby", "shackleton", "slocum", "smeaton", "stephenson", "symmes", "tabarly", "tasman", "telford",
    "tharp", "torres", "tristan", "vancouver", "verne", "vespucci", "waterman", "wharton", "worsley", "zheng",
  ]

  /// A candidate; from the fourth attempt on it carries a number, so that a free one is soon found.
  package static func candidate(attempt: Int, using generator: inout some RandomNumberGenerator) -> String {
    let adjective = adjectives.randomElement(using: &generator) ?? "steady"
    let surname = surnames.randomElement(using: &generator) ?? "waterman"
    guard attempt >= 3 else { return "\(adjective)_\(surname)" }
    return "\(adjective)_\(surname)\(Int.random(in: 0..<(10 * max(1, attempt)), using: &generator))"
  }
}
