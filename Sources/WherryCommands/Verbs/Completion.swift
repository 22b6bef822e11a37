import ArgumentParser
import Glibc
import WherryModel

/// `wherry completion bash`: a script for the user's shell, as `docker completion`.
struct CompletionVerb: Verb {
  static let synopsis = "completion SHELL"
  static let configuration: CommandConfiguration = describe(
    "completion", "Print what completes wherry's words in bash, zsh or fish")
  static let flagSet = FlagSet(flags: [])

  @Argument(help: "bash, zsh or fish")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    guard let script = words.first.flatMap(CompletionScript.init) else {
      throw UsageError(
        message: "unknown shell \(GoQuote.quote(words.first ?? ""))", exitCode: 1,
        hint: "use bash, zsh or fish")
    }
    try context.console.write(script.text)
    return 0
  }
}

/// `wherry internal complete -- WORD…`: what may stand in place of the last word. For the scripts.
struct CompleteVerb: Verb {
  static let synopsis = "internal complete -- WORD..."
  static let configuration: CommandConfiguration = describe("complete", "Complete a command line")
  static let flagSet = FlagSet(flags: [], interspersed: false)

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    let request = CompletionRequest(words)
    var context = context
    if !request.options.isEmpty {
      context.choice = ClientMain.choice(
        try ArgumentNormaliser.split(request.options, ClientMain.global).options)
    }
    // Whatever the daemon does: what is known without it is not kept from the user for longer.
    let slow = context
    let timer = Task {
      do {
        try await Task.sleep(for: CompletionNames.patience)
        try Self.answer(request, [], slow)
      } catch {
        return
      }
      Glibc.exit(0)
    }
    let names = request.names.isEmpty ? [] : await CompletionNames.find(request.names, context)
    timer.cancel()
    try Self.answer(request, names, context)
    return 0
  }

  private static func answer(_ request: CompletionRequest, _ names: [String], _ context: Context) throws {
    var lines = Set<String>()
    for (word, about) in request.words where word.hasPrefix(request.typed) {
      lines.insert(request.lead + word + (about.isEmpty ? "" : "\t" + about))
    }
    for name in names where name.hasPrefix(request.typed) {
      lines.insert(request.lead + Sanitise.metadata(name, terminal: true))
    }
    let files = request.files ? [":files"] : []
    try context.console.write((files + lines.sorted()).map { $0 + "\n" }.joined())
  }
}
