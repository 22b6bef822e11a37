import ArgumentParser
import WherryRPC
import WherryWire

struct SystemWearVerb: Verb {
  static let synopsis = "system wear [OPTIONS]"
  static let configuration = CommandConfiguration(
    commandName: "wear", abstract: "Show who writes how much to the device's storage",
    usage: "wherry \(synopsis)",
    discussion: """
      Counts go on over restarts and reboots. With "storage-rating" in daemon.json it tells how long the storage \
      lasts. "--" is what the kernel does not count, or what there is not enough to tell by yet.
      """, helpNames: [.short, .long])
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(
    name: [.customShort("f"), .long],
    help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(format ?? "", default: WearView.standard)
    let client = try await context.connect()
    let view = WearView(wear: try await client.systemWear(), terminal: context.console.isTerminal)
    try context.console.write(try table.render(view.rows, headers: WearView.headers))
    if (format ?? "").isEmpty { for line in view.summary { try context.console.print(line) } }
    return 0
  }
}
