/// One flag of a verb, as pflag (the parser of Docker's client) sees it.
struct FlagSpec: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// A switch that is off where absent.
    case toggle
    /// A switch that is on where absent: its value is passed on.
    case boolean
    case value
    /// Known to Docker's users but not there yet; the text says what comes later.
    case later(String, takesValue: Bool)
  }

  var name: String
  var short: Character?
  var kind: Kind
  /// Other long names Docker accepts for it.
  var aliases: [String]

  static func toggle(_ name: String, _ short: Character? = nil) -> FlagSpec {
    FlagSpec(name: name, short: short, kind: .toggle, aliases: [])
  }

  static func boolean(_ name: String, _ short: Character? = nil) -> FlagSpec {
    FlagSpec(name: name, short: short, kind: .boolean, aliases: [])
  }

  static func value(_ name: String, _ short: Character? = nil, aliases: [String] = []) -> FlagSpec {
    FlagSpec(name: name, short: short, kind: .value, aliases: aliases)
  }

  static func later(
    _ name: String, _ short: Character? = nil, _ what: String, takesValue: Bool = true
  ) -> FlagSpec {
    FlagSpec(name: name, short: short, kind: .later(what, takesValue: takesValue), aliases: [])
  }

  /// How pflag names a flag in an error: `-e, --env`.
  var title: String {
    guard let short else { return "--\(name)" }
    return "-\(short), --\(name)"
  }
}

/// How a verb's words are cut up.
struct FlagSet: Sendable {
  var flags: [FlagSpec]
  /// False where flags end at the first word that is none, as in `run IMAGE COMMAND…`.
  var interspersed = true

  func long(_ name: String) -> FlagSpec? {
    flags.first { $0.name == name || $0.aliases.contains(name) }
  }

  func short(_ letter: Character) -> FlagSpec? {
    flags.first { $0.short == letter }
  }
}
