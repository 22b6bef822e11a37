import ArgumentParser
import WherryRPC
import WherryWire

struct CommitVerb: Verb {
  static let synopsis = "commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]"
  static let configuration: CommandConfiguration = describe(
    "commit", "Create a new image from a container's changes")
  static let flagSet = FlagSet(flags: [
    .value("author", "a"), .value("change", "c"), .value("message", "m"), .boolean("pause", "p"),
  ])

  @Option(
    name: [.customShort("a"), .long], help: "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
  var author: String?
  @Option(name: [.customShort("c"), .long], help: "Apply Dockerfile instruction to the created image")
  var change: [String] = []
  @Option(name: [.customShort("m"), .long], help: "Commit message")
  var message: String?
  @Option(name: [.customShort("p"), .long], help: "Pause container during commit (default true)")
  var pause = true
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 1...2)
    let client = try await context.connect()
    let result = try await client.containerCommit(
      ContainerCommitParams(
        container: words[0], reference: words.count == 2 ? words[1] : nil, author: author, message: message,
        changes: change.isEmpty ? nil : change, running: pause ? nil : true))
    try context.console.print(result.id)
    return 0
  }
}
