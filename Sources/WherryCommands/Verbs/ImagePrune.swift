import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct ImagePruneVerb: Verb {
  static let synopsis = "image prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("prune", "Remove unused images")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .toggle("force", "f"), .value("filter"), .toggle("dry-run"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Remove all unused images, not just dangling ones")
  var all = false
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
    var params = ImagePruneParams(all: all ? true : nil, filters: filters.isEmpty ? nil : filters)
    let client = try await context.connect()
    if !force || dryRun {
      params.dryRun = true
      let plan = try await client.imagePrune(params)
      try show(plan, context, reclaims: "would be reclaimed")
      if dryRun { return 0 }
      let what = all ? "images without at least one container associated to them" : "dangling images"
      guard try PruneQuestion(warning: "This will remove all \(what).").ask(context) else { return 0 }
      params.dryRun = nil
    }
    let result = try await client.imagePrune(params)
    if !result.deleted.isEmpty {
      try context.console.print("Deleted Images:")
      for name in result.untagged { try context.console.print("untagged: \(name)") }
      for id in result.deleted { try context.console.print("deleted: \(id)") }
      try context.console.print("")
    }
    try context.console.print("Total reclaimed space: \(Human.size(result.reclaimed))")
    return 0
  }

  private func show(_ plan: ImagePruneResult, _ context: Context, reclaims: String) throws {
    for id in plan.deleted { try context.console.print("image \(Ellipsis.shortID(id))") }
    for name in plan.untagged { try context.console.print("name \(Sanitise.metadata(name))") }
    if plan.partial > 0 {
      try context.console.print("interrupted downloads, \(Human.size(plan.partial))")
    }
    try context.console.print("\(plan.deleted.count) images, \(Human.size(plan.reclaimed)) \(reclaims)")
  }
}
