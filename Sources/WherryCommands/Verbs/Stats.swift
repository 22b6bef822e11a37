import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct StatsVerb: Verb {
  static let synopsis = "stats [OPTIONS] [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "stats", "Display a live stream of container(s) resource usage statistics")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .value("format"), .toggle("no-stream"), .toggle("no-trunc"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Show all containers (default shows just running)")
  var all = false
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Disable streaming stats and only pull the first result")
  var noStream = false
  @Flag(help: "Do not truncate output")
  var noTrunc = false
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    let table = try TableFormat(format ?? "", default: UsageRow.standard)
    let client = try await context.connect()
    // A rate needs two samples.
    let params = ContainerStatsParams(
      containers: containers.isEmpty ? nil : containers, samples: noStream ? 2 : nil)
    let call = try await client.containerStats(params)
    var before: ContainerSample?
    for try await sample in call.output {
      defer { before = sample }
      if noStream, before == nil { continue }
      var rows = sample.containers.map { row($0, at: sample.time, before, context).value }
      if all, containers.isEmpty {
        // As Docker shows them: with nothing.
        let known = Set(sample.containers.map(\.id))
        let others = try await client.containerList(ContainerListParams(all: true)).containers
        rows += others.filter { !known.contains($0.id) }.map { idle($0, sample.time, context).value }
      }
      let text = try table.render(rows, headers: UsageRow.headers)
      // Home, then each line with what is left of the old one cleared, then the rest of the screen.
      let redraws = context.console.isTerminal && !noStream && (format ?? "table").hasPrefix("table")
      try context.console.write(
        redraws
          ? "\u{1b}[H" + text.split(separator: "\n").map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J" : text)
    }
    _ = try await call.result()
    return 0
  }

  private func idle(_ container: ContainerSummary, _ time: Timestamp, _ context: Context) -> UsageRow {
    UsageRow(
      usage: ContainerUsage(id: container.id, name: container.name), time: time, truncates: !noTrunc,
      terminal: context.console.isTerminal)
  }

  private func row(
    _ usage: ContainerUsage, at time: Timestamp, _ before: ContainerSample?, _ context: Context
  ) -> UsageRow {
    let earlier = before.flatMap { sample in
      sample.containers.first { $0.id == usage.id }.map { (usage: $0, time: sample.time) }
    }
    return UsageRow(
      usage: usage, time: time, before: earlier, truncates: !noTrunc, terminal: context.console.isTerminal)
  }
}
