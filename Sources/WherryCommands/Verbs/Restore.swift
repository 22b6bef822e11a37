import ArgumentParser
import WherryRPC
import WherryWire

/// `wherry internal restore`: what `wherry-restore.service` calls at boot.
struct RestoreVerb: Verb {
  static let synopsis = "internal restore"
  static let configuration: CommandConfiguration = describe(
    "restore", "Start the containers that a boot should bring back")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let client = try await context.connect()
    let result = try await client.containerRestore(ContainerRestoreParams())
    for name in result.started { try context.console.print(name) }
    for (name, reason) in result.failed.sorted(by: { $0.key < $1.key }) {
      context.console.warn("\(name) could not be started: \(reason)")
    }
    return result.failed.isEmpty ? 0 : 1
  }
}
