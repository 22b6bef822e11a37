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
    .toggle("all-tags", "a"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Push all tags of an image to the repository")
  var allTags = false
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
    let reference = try allTags ? AllTags.repository(words[0]) : Reference(words[0])
    guard reference.digest == nil else {
      throw UsageError(message: "cannot push a digest reference", exitCode: 1)
    }
    var params = ImagePushParams(reference: words[0])
    params.credential = try await ClientCredentials().credential(for: reference.domain)
    params.rateLimit = try limitRate.map { text throws(UsageError) in
      try Self.option("limit-rate", text) { () throws(OptionError) in try MemorySize.parse(text) }
    }
    if chunked { params.chunked = true }
    let client = try await context.connect()
    var tags = [reference.tag ?? Reference.defaultTag]
    if allTags {
      tags = try await self.tags(of: reference, client)
      guard !tags.isEmpty else {
        throw UsageError(
          message: "An image does not exist locally with the tag: \(reference.familiar)", exitCode: 1)
      }
    }
    if !quiet {
      try context.console.print("The push refers to repository [\(reference.name)]")
    }
    for tag in tags {
      if allTags { params.reference = "\(reference.name):\(tag)" }
      try await push(params, tag: tag, client, context.console)
    }
    if quiet { try context.console.print(allTags ? reference.name : reference.description) }
    return 0
  }

  private func push(
    _ params: ImagePushParams, tag: String, _ client: WherryCalls, _ console: Console
  ) async throws {
    let call = try await client.imagePush(params)
    var said: [String: String] = [:]
    for try await progress in call.output where !quiet {
      guard let layer = progress.layer, let message = progress.message, said[layer] != message else {
        continue
      }
      said[layer] = message
      try console.print("\(Ellipsis.shortID(Sanitise.metadata(layer))): \(Sanitise.metadata(message))")
    }
    let result = try await call.result()
    if quiet { return }
    try console.print("\(tag): digest: \(result.digest) size: \(result.size)")
    if !result.unchanged, !chunked {
      console.note(
        "The digest is new: some layers were packed again, because no registry gave their original form.")
    }
  }

  /// Of a repository, as they are here; sorted.
  private func tags(of repository: Reference, _ client: WherryCalls) async throws -> [String] {
    let images = try await client.imageList(ImageListParams()).images
    let names = images.flatMap(\.references).compactMap { name -> Reference? in
      // A name of a newer daemon's is none to push.
      do { return try Reference(name, defaultTag: nil) } catch { return nil }
    }
    return names.filter { $0.name == repository.name }.compactMap(\.tag).sorted()
  }
}
