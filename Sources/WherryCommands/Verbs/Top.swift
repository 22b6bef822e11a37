import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct TopVerb: Verb {
  static let synopsis = "top CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "top", "Display the running processes of a container")
  static let flagSet = FlagSet(flags: [], interspersed: false)

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    guard words.count == 1 else {
      throw UsageError(
        message: "options of ps are not taken: \(words.dropFirst().joined(separator: " "))", exitCode: 1,
        hint: "for other columns: wherry exec \(words[0]) ps …")
    }
    let client = try await context.connect()
    let result = try await client.containerTop(ContainerReference(container: words[0]))
    var text = "UID\tPID\tPPID\tSTIME\tTTY\tTIME\tCMD\n"
    for process in result.processes {
      let command = Sanitise.metadata(process.command, terminal: context.console.isTerminal)
      let user = Sanitise.metadata(process.user ?? "\(process.uid)", terminal: context.console.isTerminal)
      let terminal = Sanitise.metadata(process.terminal, terminal: context.console.isTerminal)
      text += "\(user)\t\(process.pid)\t\(process.parent)\t"
      text +=
        "\(Self.start(process.startedAt))\t\(terminal)\t\(Self.time(process.processorTime))\t\(command)\n"
    }
    try context.console.write(TabWriter.format(text))
    return 0
  }

  /// As `ps -f`: the time of day.
  private static func start(_ time: Timestamp) -> String {
    String(Calendar.local(time).dropFirst("2006-01-02 ".count).prefix("15:04".count))
  }

  /// `HH:MM:SS`
  static func time(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    return [seconds / 3600, seconds / 60 % 60, seconds % 60]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
