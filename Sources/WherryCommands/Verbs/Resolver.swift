import ArgumentParser
import WherryRPC
import WherryWire

/// `wherry internal resolver`: what `wherry-resolver.service` calls when the device's resolv.conf has changed.
struct ResolverVerb: Verb {
  static let synopsis = "internal resolver"
  static let configuration: CommandConfiguration = describe(
    "resolver", "Let containers follow the device's name servers")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    _ = try await context.connect().systemResolver(SystemResolverParams())
    return 0
  }
}
