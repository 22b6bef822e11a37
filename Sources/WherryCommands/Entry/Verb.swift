import ArgumentParser

/// One word of the command line: what flags it takes and what it does.
protocol Verb: ParsableCommand {
  /// The flags as pflag cuts them; the normaliser runs before ArgumentParser.
  static var flagSet: FlagSet { get }
  /// Docker's usage line without the program: `run [OPTIONS] IMAGE [COMMAND] [ARG...]`.
  static var synopsis: String { get }
  /// The exit code of a failure that says nothing better of itself.
  static var failureCode: Int32 { get }
  /// The exit code where its words are not understood.
  static var usageCode: Int32 { get }
  /// Does it, and returns the exit code.
  func perform(_ context: Context) async throws -> Int32
}

extension Verb {
  static var failureCode: Int32 { 1 }
  static var usageCode: Int32 { 125 }

  static func describe(
    _ name: String, _ abstract: String, aliases: [String] = [], help: NameSpecification = [.short, .long]
  ) -> CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: abstract, usage: "wherry \(synopsis)", helpNames: help, aliases: aliases)
  }

  /// `"wherry stop" requires at least 1 argument.`
  static func require(_ words: [String], _ count: ClosedRange<Int>) throws(UsageError) {
    guard !count.contains(words.count) else { return }
    let name = "\"wherry \(configuration.commandName ?? "")\""
    let bound = words.count < count.lowerBound ? count.lowerBound : count.upperBound
    let noun = bound == 1 ? "argument" : "arguments"
    let message =
      count.upperBound == 0
      ? "\(name) accepts no arguments."
      : count.lowerBound == count.upperBound
        ? "\(name) requires exactly \(bound) \(noun)."
        : words.count < count.lowerBound
          ? "\(name) requires at least \(bound) \(noun)."
          : "\(name) requires at most \(bound) \(noun)."
    throw UsageError(message: message, exitCode: 1)
  }

  /// Adds the flag's name to what is wrong with its value, as pflag words it.
  static func option<Result>(
    _ flag: String, _ value: String, _ parse: () throws(OptionError) -> Result
  ) throws(UsageError) -> Result {
    do {
      return try parse()
    } catch {
      let title = flagSet.long(flag)?.title ?? "--\(flag)"
      throw UsageError(
        message: "invalid argument \(GoQuote.quote(value)) for \"\(title)\" flag: \(error.message)")
    }
  }
}

extension ClosedRange where Bound == Int {
  static var any: ClosedRange<Int> { 0...Int.max }
  static func atLeast(_ count: Int) -> ClosedRange<Int> { count...Int.max }
  static func exactly(_ count: Int) -> ClosedRange<Int> { count...count }
}
