import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct TopVerb: Verb {
  static let synopsis = "top CONTAINER [ps OPTIONS]"
  static let configuration: CommandConfiguration = describe(
    "top", "Display the running processes of a container")
  static let flagSet = FlagSet(flags: [], interspersed: false)

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let columns = try ProcessColumns(Array(words.dropFirst()))
    let client = try await context.connect()
    let result = try await client.containerTop(ContainerReference(container: words[0]))
    let isTerminal = context.console.isTerminal
    var text = columns.columns.map(\.title).joined(separator: "\t") + "\n"
    for process in result.processes {
      text +=
        columns.columns.map { Sanitise.metadata($0.value(process), terminal: isTerminal) }
        .joined(separator: "\t") + "\n"
    }
    try context.console.write(TabWriter.format(text))
    return 0
  }
}
