import ArgumentParser
import WherryRPC
import WherryWire

struct VolumePruneVerb: Verb {
  static let synopsis = "volume prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe(
    "volume prune", "Remove unused local volumes")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .toggle("force", "f"), .value("filter"), .toggle("dry-run"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Remove all unused volumes, not just anonymous ones")
  var all = false
  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Option(help: "Provide filter values (e.g. \"label=<label>\")")
  var filter: [String] = []
  @Flag(help: "Only say what would be removed")
  var dryRun = false
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    var filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter)
    }
    // Docker's other way to say --all.
    let wantsAll = all || (filters.removeValue(forKey: "all") ?? []).contains { ["1", "true"].contains($0) }
    var params = VolumePruneParams(
      filters: filters.isEmpty ? nil : filters, all: wantsAll ? true : nil)
    let client = try await context.connect()
    if !force || dryRun {
      params.dryRun = true
      let plan = try await client.volumePrune(params)
      for name in plan.deleted { try context.console.print("volume \(Sanitise.metadata(name))") }
      try context.console.print(
        "\(plan.deleted.count) volumes, \(Human.size(plan.reclaimed)) would be reclaimed")
      if dryRun { return 0 }
      let which = wantsAll ? "all" : "anonymous"
      guard
        try PruneQuestion(
          warning: "This will remove \(which) local volumes not used by at least one container."
        ).ask(context)
      else { return 0 }
      params.dryRun = nil
    }
    let result = try await client.volumePrune(params)
    if !result.deleted.isEmpty {
      try context.console.print("Deleted Volumes:")
      for name in result.deleted { try context.console.print(name) }
      try context.console.print("")
    }
    try context.console.print("Total reclaimed space: \(Human.size(result.reclaimed))")
    return 0
  }
}
