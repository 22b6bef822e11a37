import ArgumentParser
import WherryLinux
import WherryModel

struct BuilderPruneVerb: Verb {
  static let synopsis = "builder prune [OPTIONS]"
  static let configuration: CommandConfiguration = describe("prune", "Remove build cache")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .toggle("force", "f"),
    .later("filter", nil, "the cache goes as a whole"),
    .later("keep-storage", nil, "the cache goes as a whole"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Remove base images as well, not just what builds have made")
  var all = false
  @Flag(name: [.customShort("f"), .long], help: "Do not prompt for confirmation")
  var force = false
  @Argument(help: .hidden) var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let buildah = try Buildah()
    let before = try await buildah.cacheSize()
    if !force {
      let warning =
        "This will remove \(all ? "all" : "the") build cache of \(buildah.folder), "
        + "\(Human.size(before)) with its base images."
      guard try PruneQuestion(warning: warning).ask(context) else { return 0 }
    }
    if before > 0 {
      try await buildah.run(["rmi", all ? "--all" : "--prune", "--force"], quiet: true) { status in
        WherryError(
          .failedPrecondition, "Buildah could not remove its images: \(status)",
          hint: "a build may be under way; try again after it")
      }
    }
    let after = try await buildah.cacheSize()
    try context.console.print("Total reclaimed space: \(Human.size(before - min(after, before)))")
    return 0
  }
}
