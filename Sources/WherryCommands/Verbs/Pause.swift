import ArgumentParser
import WherryRPC
import WherryWire

struct PauseVerb: Verb {
  static let synopsis = "pause CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "pause", "Pause all processes within one or more containers")
  static let flagSet = FlagSet(flags: [])

  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let client = try await context.connect()
    return try await context.each(containers) { name in
      _ = try await client.containerPause(ContainerReference(container: name))
    }
  }
}

struct UnpauseVerb: Verb {
  static let synopsis = "unpause CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "unpause", "Unpause all processes within one or more containers")
  static let flagSet = FlagSet(flags: [])

  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let client = try await context.connect()
    return try await context.each(containers) { name in
      _ = try await client.containerUnpause(ContainerReference(container: name))
    }
  }
}
