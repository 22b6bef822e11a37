import ArgumentParser
import WherryClient

struct ContextUseVerb: Verb {
  static let synopsis = "context use CONTEXT"
  static let configuration: CommandConfiguration = describe("use", "Set the context to use")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    try Context.store().use(words[0])
    try context.console.print(words[0])
    if let host = Context.environment("WHERRY_HOST"), !host.isEmpty {
      context.console.warn("WHERRY_HOST overrides the context; unset it to use context \"\(words[0])\"")
    }
    return 0
  }
}

struct ContextShowVerb: Verb {
  static let synopsis = "context show"
  static let configuration: CommandConfiguration = describe("show", "Print the name of the context in use")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    try context.console.print(try Context.store().current())
    return 0
  }
}

struct ContextRemoveVerb: Verb {
  static let synopsis = "context rm CONTEXT [CONTEXT...]"
  static let configuration: CommandConfiguration = describe("rm", "Remove one or more contexts")
  static let flagSet = FlagSet(flags: [.toggle("force", "f")])

  @Flag(name: [.customShort("f"), .long], help: "Remove a context that is in use")
  var force = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let store = try Context.store()
    return try await context.each(words) { try store.remove($0, force: force) }
  }
}
