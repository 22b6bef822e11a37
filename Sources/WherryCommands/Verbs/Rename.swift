import ArgumentParser
import WherryRPC
import WherryWire

struct RenameVerb: Verb {
  static let synopsis = "rename CONTAINER NEW_NAME"
  static let configuration: CommandConfiguration = describe("rename", "Rename a container")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let client = try await context.connect()
    _ = try await client.containerRename(ContainerRenameParams(container: words[0], name: words[1]))
    return 0
  }
}
