import ArgumentParser
import WherryRPC
import WherryWire

struct VolumeRemoveVerb: Verb {
  static let synopsis = "volume rm [OPTIONS] VOLUME [VOLUME...]"
  static let configuration: CommandConfiguration = describe(
    "volume rm", "Remove one or more volumes", aliases: ["remove"])
  static let flagSet = FlagSet(flags: [.toggle("force", "f")])

  @Flag(name: [.customShort("f"), .long], help: "Force the removal of one or more volumes")
  var force = false
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    let client = try await context.connect()
    return try await context.each(names) { name in
      _ = try await client.volumeRemove(VolumeRemoveParams(name: name, force: force ? true : nil))
    }
  }
}
