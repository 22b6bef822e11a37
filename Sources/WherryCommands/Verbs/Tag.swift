import ArgumentParser
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct TagVerb: Verb {
  static let synopsis = "tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"
  static let configuration: CommandConfiguration = describe(
    "tag", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    _ = try Reference(words[1])
    let client = try await context.connect()
    _ = try await client.imageTag(ImageTagParams(image: words[0], reference: words[1]))
    return 0
  }
}
