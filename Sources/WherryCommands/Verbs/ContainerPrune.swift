import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct ContainerPruneVerb: Verb {
  static let synopsis = "container prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("prune", "Remove all stopped containers")
  static let flagSet = FlagSet(flags: [.toggle("force", "f"), .value("filter")])

  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Option(help: "Provide filter values (e.g. \"until=<timestamp>\")")
  var filter: [String] = []
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    let now = Context.now
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      var filters = try FilterOption.parse(filter)
      for (index, text) in (filters["until"] ?? []).enumerated() {
        let moment = try TimeOption.parse(text, now: now)
        let fraction = String(moment.nanoseconds % 1_000_000_000)
        let padding = String(repeating: "0", count: 9 - fraction.count)
        filters["until"]?[index] = "\(moment.nanoseconds / 1_000_000_000).\(padding)\(fraction)"
      }
      return filters
    }
    if !force {
      try context.console.write(
        "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ")
      guard let answer = readLine(), ["y", "yes"].contains(answer.trimmed.lowercased()) else { return 0 }
    }
    let client = try await context.connect()
    let result = try await client.containerPrune(
      ContainerPruneParams(filters: filters.isEmpty ? nil : filters))
    if !result.deleted.isEmpty {
      try context.console.print("Deleted Containers:")
      for id in result.deleted { try context.console.print(id) }
      try context.console.print("")
    }
    try context.console.print("Total reclaimed space: \(Human.size(result.reclaimed))")
    return 0
  }
}
