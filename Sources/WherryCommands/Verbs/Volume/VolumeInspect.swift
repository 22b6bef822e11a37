import ArgumentParser
import WherryRPC
import WherryWire

struct VolumeInspectVerb: Verb {
  static let synopsis = "volume inspect [OPTIONS] VOLUME [VOLUME...]"
  static let configuration: CommandConfiguration = describe(
    "volume inspect", "Display detailed information on one or more volumes")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    return try await Inspection(format).run(names, context, Inspection.volume)
  }
}

extension Inspection {
  static func volume(_ client: WherryCalls, _ name: String) async throws -> Value {
    VolumeView.inspect(try await client.volumeInspect(VolumeInspectParams(name: name)))
  }
}
