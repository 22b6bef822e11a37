import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct SystemCheckVerb: Verb {
  static let synopsis = "system check [OPTIONS]"
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check what is on disk: records, layers, every file",
    usage: "wherry \(synopsis)",
    discussion: """
      Exits with 0 when all is whole, 1 when damage is left, 2 for words that are not understood, 125 \
      where the daemon could not do it. Safe beside running \
      containers and pulls.
      """, helpNames: [.short, .long])
  /// What was found is told by 0 and 1.
  static let failureCode: Int32 = 125
  static let usageCode: Int32 = 2
  static let flagSet = FlagSet(flags: [
    .toggle("repair"), .toggle("quick"), .toggle("quiet", "q"), .value("format"),
  ])

  @Flag(help: "Fetch again what is damaged; nothing goes before its replacement has come")
  var repair = false
  @Flag(help: "Compare names, sizes, modes and owners only; read no content of files")
  var quick = false
  @Flag(name: [.customShort("q"), .long], help: "Print no summary")
  var quiet = false
  @Option(help: "Format output: 'json' for one object a line")
  var format: String?
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    guard words.isEmpty else {
      throw UsageError(message: "\"wherry system check\" accepts no arguments.")
    }
    guard ["json", "{{json .}}", "", nil].contains(format) else {
      throw UsageError(message: "--format takes json alone here")
    }
    let isJSON = !(format ?? "").isEmpty
    let client = try await context.connect()
    let result: SystemCheckResult
    if repair {
      let call = try await client.systemRepair(SystemRepairParams(quick: quick ? true : nil))
      for try await finding in call.output { try show(finding, isJSON, context) }
      result = try await call.result()
    } else {
      let call = try await client.systemCheck(SystemCheckParams(quick: quick ? true : nil))
      for try await finding in call.output { try show(finding, isJSON, context) }
      result = try await call.result()
    }
    let view = CheckView(isRepair: repair, isQuick: quick)
    if isJSON {
      try context.console.print(try Template("{{json .}}").render(view.value(of: result)))
    } else if !quiet {
      for line in view.summary(of: result) { try context.console.print(line) }
    }
    return result.damage > result.repaired ? 1 : 0
  }

  private func show(_ finding: CheckFinding, _ isJSON: Bool, _ context: Context) throws {
    let view = CheckView(isRepair: repair, isQuick: quick)
    try context.console.print(
      isJSON ? try Template("{{json .}}").render(view.value(of: finding)) : view.line(of: finding))
  }
}
