import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct NetworkRemoveVerb: Verb {
  static let synopsis = "network rm NETWORK [NETWORK...]"
  static let configuration: CommandConfiguration = describe("network rm", "Remove one or more networks")
  static let flagSet = FlagSet(flags: [.toggle("force", "f")])

  @Flag(name: [.customShort("f"), .long], help: "Do not error if the network does not exist")
  var force = false
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    let client = try await context.connect()
    var failed = false
    for name in names {
      do {
        _ = try await client.networkRemove(NetworkReference(network: name))
        try context.console.print(name)
      } catch let error as ConsoleError {
        throw error
      } catch {
        if force, (error as? WherryError)?.code == .notFound { continue }
        failed = true
        context.console.report(error)
      }
    }
    return failed ? 1 : 0
  }
}

struct NetworkPruneVerb: Verb {
  static let synopsis = "network prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("network prune", "Remove all unused networks")
  static let flagSet = FlagSet(flags: [.toggle("force", "f"), .value("filter"), .toggle("dry-run")])

  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Option(help: "Provide filter values (e.g. \"label=…\")")
  var filter: [String] = []
  @Flag(help: "Only say what would be removed")
  var dryRun = false
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...0)
    let filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter)
    }
    var params = NetworkPruneParams(filters: filters.isEmpty ? nil : filters)
    let client = try await context.connect()
    if !force || dryRun {
      params.dryRun = true
      let plan = try await client.networkPrune(params)
      for name in plan.deleted { try context.console.print("network \(Sanitise.metadata(name))") }
      try context.console.print("\(plan.deleted.count) networks would be removed")
      if dryRun { return 0 }
      guard
        try PruneQuestion(warning: "This will remove all custom networks not used by at least one container.")
          .ask(context)
      else { return 0 }
      params.dryRun = nil
    }
    let result = try await client.networkPrune(params)
    guard !result.deleted.isEmpty else { return 0 }
    try context.console.print("Deleted Networks:")
    for name in result.deleted { try context.console.print(name) }
    try context.console.print("")
    return 0
  }
}
