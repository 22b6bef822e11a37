import ArgumentParser
import Glibc
import WherryClient
import WherryModel
import WherryRPC

/// The client's face: words in, exit code out.
package enum ClientMain {
  static let global = FlagSet(
    flags: [
      .value("host", "H"), .value("context", "c"), .value("tlscacert"), .value("tlscert"), .value("tlskey"),
      .toggle("version", "v"),
    ], interspersed: false)

  /// `arguments` without the program's name.
  package static func run(_ arguments: [String]) async -> Int32 {
    var context = Context()
    do {
      let (options, words) = try ArgumentNormaliser.split(arguments, global)
      if options.contains("--version") {
        try context.console.print("Wherry version \(WherryVersion.current)")
        return 0
      }
      context.choice = choice(options)
      if options.contains("--help") || words.isEmpty || words.first == "help" {
        return try await help(words.first == "help" ? Array(words.dropFirst()) : [], context)
      }
      guard let (verb, rest) = try VerbTable.find(words) else { return try await help(words, context) }
      return await perform(verb, rest, context)
    } catch {
      return fail(error, nil, context)
    }
  }

  static func choice(_ options: [String]) -> DestinationChoice {
    func value(_ name: String) -> String? {
      options.last { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
    }
    var choice = DestinationChoice()
    choice.host = value("host")
    choice.context = value("context")
    choice.ca = value("tlscacert")
    choice.certificate = value("tlscert")
    choice.key = value("tlskey")
    return choice
  }

  static func perform(_ verb: any Verb.Type, _ words: [String], _ context: Context) async -> Int32 {
    do {
      let command = try parse(verb, words)
      return try await command.perform(context)
    } catch {
      return fail(error, verb, context)
    }
  }

  static func parse<V: Verb>(_ verb: V.Type, _ words: [String]) throws -> V {
    try verb.parse(ArgumentNormaliser.normalise(words, verb.flagSet))
  }

  private static func fail(_ error: any Error, _ verb: (any Verb.Type)?, _ context: Context) -> Int32 {
    switch error {
    case ConsoleError.brokenPipe:
      // As any filter whose reader left.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      return 141
    case var error as UsageError:
      if let verb, error.exitCode == 125 { error.exitCode = verb.usageCode }
      context.console.report(error)
      if let verb { context.console.note("\nUsage:  wherry \(verb.synopsis)\n") }
      if let name = verb?.configuration.commandName {
        context.console.note("Run 'wherry \(name) --help' for more information")
      }
      return error.exitCode
    case is WherryError, is OptionError, is TemplateError, is ConsoleError:
      context.console.report(error)
    default:
      // ArgumentParser's: help that was asked for, or a value it could not read.
      if let verb {
        let code = verb.exitCode(for: error)
        if code == .success {
          do {
            try context.console.print(verb.fullMessage(for: error))
          } catch {
            return 1
          }
          return 0
        }
        if code == .validationFailure {
          context.console.note("wherry: \(verb.message(for: error))")
          context.console.note(
            "Run 'wherry \(verb.configuration.commandName ?? "") --help' for more information")
          return verb.usageCode
        }
      }
      context.console.report(error)
    }
    return ExitCodes.code(of: error, failure: verb?.failureCode ?? 1)
  }

  private static func help(_ words: [String], _ context: Context) async throws -> Int32 {
    if let (verb, _) = try VerbTable.find(words) {
      try context.console.print(verb.helpMessage())
    } else {
      try context.console.write(HelpText.overview(group: words.first))
    }
    return 0
  }
}
