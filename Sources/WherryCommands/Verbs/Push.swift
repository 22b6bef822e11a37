import ArgumentParser
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct PushVerb: Verb {
  static let synopsis = "push [OPTIONS] NAME[:TAG]"
  static let configuration: CommandConfiguration = describe("push", "Upload an image to a registry")
  static let flagSet = FlagSet(flags: [
    .toggle("quiet", "q"), .value("limit-rate"), .boolean("disable-content-trust"), .toggle("chunked"),
    .later("all-tags", "a", "pushing all tags comes in a later release", takesValue: false),
  ])

  @Flag(name: [.customShort("q"), .long], help: "Suppress verbose output")
  var quiet = false
  @Option(help: "Bytes a second at most, such as 500k or 2m; 0 for no limit")
  var limitRate: String?
  @Flag(help: "Send layers as zstd:chunked, so that updates of them can be fetched in parts")
  var chunked = false
  @Option(help: .hidden)
  var disableContentTrust = true
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let reference = try Reference(words[0])
    guard reference.digest == nil, let tag = reference.tag else {
      throw UsageError(message: "cannot push a digest reference", exitCode: 1)
    }
    var params = ImagePushParams(reference: words[0])
    params.credential = try await ClientCredentials().credential(for: reference.domain)
    params.rateLimit = try limitRate.map { text throws(UsageError) in
      try Self.option("limit-rate", text) { () throws(OptionError) in try MemorySize.parse(text) }
    }
    if chunked { params.chunked = true }
    let client = try await context.connect()
    if !quiet {
      try context.console.print("The push refers to repository [\(reference.name)]")
    }
    let call = try await client.imagePush(params)
    var said: [String: String] = [:]
    for try await progress in call.output where !quiet {
      guard let layer = progress.layer, let message = progress.message, said[layer] != message else {
        continue
      }
      said[layer] = message
      try context.console.print(
        "\(Ellipsis.shortID(Sanitise.metadata(layer))): \(Sanitise.metadata(message))")
    }
    let result = try await call.result()
    if quiet {
      try context.console.print(reference.description)
      return 0
    }
    try context.console.print("\(tag): digest: \(result.digest) size: \(result.size)")
    if !result.unchanged, !chunked {
      context.console.note(
        "The digest is new: some layers were packed again, because no registry gave their original form.")
    }
    return 0
  }
}
