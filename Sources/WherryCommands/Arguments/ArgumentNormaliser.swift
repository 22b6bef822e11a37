/// Rewrites a verb's words from what pflag accepts to what ArgumentParser reads without doubt:
/// every flag as `--name` or `--name=value`, then `--`, then the words that are no flags.
///
/// pflag's rules (github.com/spf13/pflag, `parseLongArg`, `parseSingleShortArg`): letters may be
/// combined (`-it`), a letter's value may follow at once, after `=`, or as the next word
/// (`-m64m`, `-m=64m`, `-m 64m`), switches take a value only after `=`, and `--` ends the flags.
struct ArgumentNormaliser {
  private let set: FlagSet
  private var rest: ArraySlice<String>
  private var options: [(name: String, words: [String])] = []
  private var words: [String] = []

  static func normalise(_ arguments: [String], _ set: FlagSet) throws(UsageError) -> [String] {
    let (options, words) = try split(arguments, set)
    return options + ["--"] + words
  }

  /// The flags in canonical form, and the words that are none.
  static func split(
    _ arguments: [String], _ set: FlagSet
  ) throws(UsageError) -> (options: [String], words: [String]) {
    var normaliser = ArgumentNormaliser(set: set, rest: arguments[...])
    try normaliser.run()
    return (normaliser.options.flatMap(\.words), normaliser.words)
  }

  private init(set: FlagSet, rest: ArraySlice<String>) {
    self.set = set
    self.rest = rest
  }

  private mutating func run() throws(UsageError) {
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest
        return
      } else if word.hasPrefix("--") {
        try long(word)
      } else if word.hasPrefix("-"), word.utf8.count > 1 {
        try short(word.dropFirst(), in: word)
      } else {
        words.append(word)
        if !set.interspersed {
          words += rest
          return
        }
      }
    }
  }

  private mutating func long(_ word: String) throws(UsageError) {
    let body = word.dropFirst(2)
    guard let first = body.first, first != "-", first != "=" else {
      throw UsageError(message: "bad flag syntax: \(word)")
    }
    let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let flag = set.long(name) else {
      if name == "help" { return options.append((name: "help", words: ["--help"])) }
      throw UsageError(message: "unknown flag: --\(name)")
    }
    if parts.count == 2 { return try apply(flag, String(parts[1])) }
    if flag.isSwitch { return try apply(flag, nil) }
    guard let value = rest.popFirst() else {
      throw UsageError(message: "flag needs an argument: --\(name)")
    }
    try apply(flag, value)
  }

  private mutating func short(_ letters: Substring, in word: String) throws(UsageError) {
    var letters = letters
    while let letter = letters.popFirst() {
      guard let flag = set.short(letter) else {
        if letter == "h" { return options.append((name: "help", words: ["--help"])) }
        throw UsageError(message: "unknown shorthand flag: '\(letter)' in \(word)")
      }
      if letters.first == "=", letters.dropFirst().first != nil {
        return try apply(flag, String(letters.dropFirst()))
      }
      if flag.isSwitch {
        try apply(flag, nil)
        continue
      }
      if !letters.isEmpty { return try apply(flag, String(letters)) }
      guard let value = rest.popFirst() else {
        throw UsageError(message: "flag needs an argument: '\(letter)' in \(word)")
      }
      return try apply(flag, value)
    }
  }

  private mutating func apply(_ flag: FlagSpec, _ value: String?) throws(UsageError) {
    switch flag.kind {
    case .later(let what, _):
      throw UsageError(message: "--\(flag.name): \(what)")
    case .value:
      // ArgumentParser takes `--name=` for a flag without its value.
      let words =
        if let value, !value.isEmpty { ["--\(flag.name)=\(value)"] } else { ["--\(flag.name)", ""] }
      options.append((name: flag.name, words: words))
    case .toggle:
      let on = try Self.bool(value, flag)
      // A later `--rm=false` takes an earlier `--rm` back.
      options.removeAll { $0.name == flag.name }
      if on { options.append((name: flag.name, words: ["--\(flag.name)"])) }
    case .boolean:
      let on = try Self.bool(value, flag)
      options.append((name: flag.name, words: ["--\(flag.name)=\(on)"]))
    }
  }

  /// The spellings of Go's `strconv.ParseBool`.
  private static func bool(_ text: String?, _ flag: FlagSpec) throws(UsageError) -> Bool {
    switch text {
    case nil, "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    case .some(let text):
      throw UsageError(
        message: "invalid argument \(GoQuote.quote(text)) for \"\(flag.title)\" flag: "
          + "strconv.ParseBool: parsing \(GoQuote.quote(text)): invalid syntax")
    }
  }
}

extension FlagSpec {
  /// Whether it stands without a value.
  var isSwitch: Bool {
    switch kind {
    case .toggle, .boolean: true
    case .value: false
    case .later(_, let takesValue): !takesValue
    }
  }
}
