import ArgumentParser
import WherryRPC
import WherryWire

struct PluginInspectVerb: Verb {
  static let synopsis = "plugin inspect [OPTIONS] PLUGIN [PLUGIN...]"
  static let configuration: CommandConfiguration = describe(
    "plugin inspect", "Display detailed information on one or more plugins")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    return try await Inspection(format).run(names, context) { client, name in
      PluginView.inspect(try await client.pluginInspect(PluginInspectParams(name: name)))
    }
  }
}
