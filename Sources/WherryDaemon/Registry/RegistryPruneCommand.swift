import ArgumentParser
import WherryModel
import WherryRegistry

/// `wherry registry prune`.
struct RegistryPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove blobs of the registry that no manifest refers to",
    discussion: "A server may go on serving the same storage meanwhile.")

  @Option(help: ArgumentHelp("Where the registry keeps everything.", valueName: "dir"))
  var storage = RegistryCommand.defaultStorage

  @Option(
    help: ArgumentHelp(
      "Leave alone what came within so long: the manifest may be on its way.", valueName: "duration"))
  var olderThan = "24h"

  @Flag(help: "Remove manifests that no tag leads to as well.")
  var untagged = false

  @Flag(help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  func run() throws {
    guard let nanoseconds = GoDuration.nanoseconds(olderThan), nanoseconds >= 0 else {
      throw ValidationError("--older-than is a duration such as 24h or 30m")
    }
    let store = try RegistryStore(existing: storage)
    let prune = RegistryPrune(store, age: .nanoseconds(nanoseconds), untagged: untagged)
    let plan = dryRun ? try prune.plan() : try prune.run()
    for item in plan.manifests { print("manifest \(item.repository)@\(item.digest)") }
    for content in plan.contents { print("blob \(content.digest) \(content.size)") }
    let verb = dryRun ? "Would remove" : "Removed"
    print(
      "\(verb) \(plan.manifests.count) manifests and \(plan.contents.count) blobs: \(plan.bytes) bytes")
  }
}
