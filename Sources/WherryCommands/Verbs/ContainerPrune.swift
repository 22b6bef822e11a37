import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct ContainerPruneVerb: Verb {
  static let synopsis = "container prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("prune", "Remove all stopped containers")
  static let flagSet = FlagSet(flags: [.toggle("force", "f"), .value("filter"), .toggle("dry-run")])

  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Option(help: "Provide filter values (e.g. \"until=<timestamp>\")")
  var filter: [String] = []
  @Flag(help: "Only say what would be removed")
  var dryRun = false
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    let now = Context.now
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter).withMoments(now)
    }
    var params = ContainerPruneParams(filters: filters.isEmpty ? nil : filters)
    let client = try await context.connect()
    if !force || dryRun {
      params.dryRun = true
      let plan = try await client.containerPrune(params)
      for id in plan.deleted { try context.console.print("container \(Ellipsis.shortID(id))") }
      try context.console.print(
        "\(plan.deleted.count) containers, \(Human.size(plan.reclaimed)) would be reclaimed")
      if dryRun { return 0 }
      guard try PruneQuestion(warning: "This will remove all stopped containers.").ask(context) else {
        return 0
      }
      params.dryRun = nil
    }
    let result = try await client.containerPrune(params)
    if !result.deleted.isEmpty {
      try context.console.print("Deleted Containers:")
      for id in result.deleted { try context.console.print(id) }
      try context.console.print("")
    }
    try context.console.print("Total reclaimed space: \(Human.size(result.reclaimed))")
    return 0
  }
}
