import ArgumentParser
import WherryClient

struct DialStdioVerb: Verb {
  static let synopsis = "dial-stdio"
  static let configuration: CommandConfiguration = describe(
    "dial-stdio", "Connect standard input and output to the daemon, for ssh")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    try await DialStdio.run(try context.destination().endpoint)
    return 0
  }
}
