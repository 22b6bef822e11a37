import ArgumentParser
import WherryRPC
import WherryWire

struct UpdateVerb: Verb {
  static let synopsis = "update [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "update", "Update configuration of one or more containers")
  static let flagSet = FlagSet(flags: ResourceOptions.flags + [.value("restart")])

  @OptionGroup var options: ResourceOptions
  @Option(help: "Restart policy to apply when a container exits")
  var restart: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let resources = try options.resources { flag, text, error throws(UsageError) in
      try Self.option(flag, text) { () throws(OptionError) in throw error }
    }
    let policy = try restart.map { text in
      try Self.option("restart", text) { () throws(OptionError) in try RestartOption.parse(text) }
    }
    guard resources != Resources() || policy != nil else {
      throw UsageError(message: "you must provide one or more flags when using this command", exitCode: 1)
    }
    let client = try await context.connect()
    return try await context.each(containers) { name in
      _ = try await client.containerUpdate(
        ContainerUpdateParams(
          container: name, resources: resources == Resources() ? nil : resources, restart: policy))
    }
  }
}
