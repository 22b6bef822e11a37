import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct SystemPruneVerb: Verb {
  static let synopsis = "system prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("system prune", "Remove unused data")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .toggle("force", "f"), .value("filter"), .toggle("volumes"), .toggle("policy"),
    .toggle("dry-run"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Remove all unused images, not just dangling ones")
  var all = false
  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Option(help: "Provide filter values (e.g. \"label=<key>=<value>\")")
  var filter: [String] = []
  @Flag(help: "Prune anonymous volumes")
  var volumes = false
  @Flag(help: "Remove what the clean-up policy of daemon.json lets go, and nothing else")
  var policy = false
  @Flag(help: "Only say what would be removed")
  var dryRun = false
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    if policy {
      guard !all, !volumes, filter.isEmpty else {
        throw OptionError("--policy says itself what goes: it excludes --all, --volumes and --filter")
      }
      return try await prunesByPolicy(context)
    }
    let now = Context.now
    let given = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter).withMoments(now)
    }
    let filters = given.isEmpty ? nil : given
    if volumes, filters?["until"] != nil {
      throw OptionError("the \"until\" filter is not supported with --volumes")
    }
    let client = try await context.connect()
    if !force || dryRun {
      try await plan(client, filters, context)
      if dryRun { return 0 }
      guard try PruneQuestion(warning: warning).ask(context) else { return 0 }
    }
    let containers = try await client.containerPrune(ContainerPruneParams(filters: filters))
    try list("Deleted Containers:", containers.deleted, context)
    let networks = try await client.networkPrune(NetworkPruneParams(filters: filters))
    try list("Deleted Networks:", networks.deleted, context)
    var reclaimed = containers.reclaimed
    if volumes {
      let pruned = try await client.volumePrune(VolumePruneParams(filters: filters))
      try list("Deleted Volumes:", pruned.deleted, context)
      reclaimed = UInt64.saturatingSum(reclaimed, pruned.reclaimed)
    }
    let images = try await client.imagePrune(ImagePruneParams(all: all ? true : nil, filters: filters))
    try list(
      "Deleted Images:", images.untagged.map { "untagged: \($0)" } + images.deleted.map { "deleted: \($0)" },
      context)
    reclaimed = UInt64.saturatingSum(reclaimed, images.reclaimed)
    try context.console.print("Total reclaimed space: \(Human.size(reclaimed))")
    return 0
  }

  /// As Docker says it.
  private var warning: String {
    var parts = ["all stopped containers", "all networks not used by at least one container"]
    if volumes { parts.append("all anonymous volumes not used by at least one container") }
    parts.append(all ? "all images without at least one container associated to them" : "all dangling images")
    return "This will remove:\n" + parts.map { "  - \($0)\n" }.joined()
  }

  private func plan(_ client: WherryCalls, _ filters: [String: [String]]?, _ context: Context) async throws {
    let containers = try await client.containerPrune(ContainerPruneParams(filters: filters, dryRun: true))
    for id in containers.deleted { try context.console.print("container \(Ellipsis.shortID(id))") }
    let networks = try await client.networkPrune(NetworkPruneParams(filters: filters, dryRun: true))
    for name in networks.deleted { try context.console.print("network \(Sanitise.metadata(name))") }
    var reclaimed = containers.reclaimed
    if volumes {
      let pruned = try await client.volumePrune(VolumePruneParams(filters: filters, dryRun: true))
      for name in pruned.deleted { try context.console.print("volume \(Sanitise.metadata(name))") }
      reclaimed = UInt64.saturatingSum(reclaimed, pruned.reclaimed)
    }
    let images = try await client.imagePrune(
      ImagePruneParams(all: all ? true : nil, filters: filters, dryRun: true))
    for id in images.deleted { try context.console.print("image \(Ellipsis.shortID(id))") }
    if images.partial > 0 {
      try context.console.print("interrupted downloads, \(Human.size(images.partial))")
    }
    reclaimed = UInt64.saturatingSum(reclaimed, images.reclaimed)
    // Images that only those containers use are not counted: whether they go shows when the containers have gone.
    try context.console.print("\(Human.size(reclaimed)) would be reclaimed, and images of these containers")
  }

  private func prunesByPolicy(_ context: Context) async throws -> Int32 {
    let client = try await context.connect()
    if !force || dryRun {
      let plan = try await client.systemCleanup(SystemCleanupParams(dryRun: true))
      try show(plan, context)
      try context.console.print("\(Human.size(plan.reclaimed)) would be reclaimed")
      if dryRun || plan.items.isEmpty { return 0 }
      guard try PruneQuestion(warning: "This will remove what is listed above.").ask(context) else {
        return 0
      }
    }
    let gone = try await client.systemCleanup(SystemCleanupParams())
    try show(gone, context)
    try context.console.print("Total reclaimed space: \(Human.size(gone.reclaimed))")
    return 0
  }

  private func show(_ plan: SystemCleanupResult, _ context: Context) throws {
    for item in plan.items {
      try context.console.print(
        "\(item.kind) \(Sanitise.metadata(item.name)) (\(Human.size(item.size))): \(Sanitise.metadata(item.reason))"
      )
    }
    if let held = plan.held { context.console.warn("no image goes: \(Sanitise.metadata(held))") }
  }

  private func list(_ title: String, _ lines: [String], _ context: Context) throws {
    guard !lines.isEmpty else { return }
    try context.console.print(title)
    for line in lines { try context.console.print(line) }
    try context.console.print("")
  }
}
