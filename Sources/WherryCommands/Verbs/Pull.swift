import ArgumentParser
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct PullVerb: Verb {
  static let synopsis = "pull [OPTIONS] NAME[:TAG|@DIGEST]"
  static let configuration: CommandConfiguration = describe("pull", "Download an image from a registry")
  static let flagSet = FlagSet(flags: [
    .value("platform"), .toggle("quiet", "q"), .boolean("disable-content-trust"),
    .value("limit-rate"), .value("max-concurrent"), .value("policy"), .toggle("all-tags", "a"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Download all tagged images in the repository")
  var allTags = false
  @Option(help: "Set platform (os/architecture[/variant])")
  var platform: String?
  @Flag(name: [.customShort("q"), .long], help: "Suppress verbose output")
  var quiet = false
  @Option(help: "Bytes a second at most, such as 500k or 2m; 0 for no limit")
  var limitRate: String?
  @Option(help: "How many layers to download at once")
  var maxConcurrent: UInt64?
  @Option(help: "When to pull: always, missing or never")
  var policy: String?
  @Option(help: .hidden)
  var disableContentTrust = true
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    // A name that cannot be one is refused before the daemon is woken.
    let reference = try allTags ? AllTags.repository(words[0]) : Reference(words[0])
    if !allTags, !quiet, reference.digest == nil, reference.tag == Reference.defaultTag,
      !words[0].hasSuffix(":latest")
    {
      try context.console.print("Using default tag: latest")
    }
    var params = ImagePullParams(reference: words[0], platform: platform)
    params.rateLimit = try limitRate.map { text throws(UsageError) in
      try Self.option("limit-rate", text) { () throws(OptionError) in try MemorySize.parse(text) }
    }
    params.concurrentDownloads = maxConcurrent
    params.policy = try PullPolicy.named(policy, flag: "--policy")
    params.credential = try await ClientCredentials().credential(for: reference.domain)
    let client = try await context.connect()
    if allTags { return try await pullAll(reference, params, client, context.console) }
    let printer = PullPrinter(
      reference: words[0], console: context.console, style: quiet ? .quiet : .explicit)
    let pull = ImagePull(client: client, params: params, printer: printer)
    let result = try await pull.run()
    try context.console.print(quiet ? reference.description : result.reference)
    return 0
  }

  /// One tag after the other; the first that fails ends it.
  private func pullAll(
    _ repository: Reference, _ params: ImagePullParams, _ client: WherryCalls, _ console: Console
  ) async throws -> Int32 {
    var list = RegistryListParams(question: .tags, place: repository.name)
    list.credential = params.credential
    let tags = try await client.registryList(list).entries.map(\.name).filter(AllTags.isImage)
    guard !tags.isEmpty else {
      throw UsageError(message: "\(repository.name) has no tags", exitCode: 1)
    }
    var isNew = false
    for tag in tags {
      var params = params
      params.reference = "\(repository.name):\(tag)"
      let printer = PullPrinter(
        reference: params.reference, console: console, style: quiet ? .quiet : .explicit, saysStatus: false)
      let result = try await ImagePull(client: client, params: params, printer: printer).run()
      if result.changed { isNew = true }
    }
    if !quiet { try console.print(PullPrinter.status(isNew, repository.familiar)) }
    try console.print(repository.name)
    return 0
  }
}

/// What `--all-tags` of `pull` and `push` is about.
enum AllTags {
  /// A repository without tag and digest, or docker's error.
  static func repository(_ text: String) throws -> Reference {
    let reference = try Reference(text, defaultTag: nil)
    guard reference.tag == nil, reference.digest == nil else {
      throw UsageError(message: "tag can't be used with --all-tags/-a", exitCode: 1)
    }
    return reference
  }

  /// Not what is attached to an image by a tag of its digest: cosign's signatures, and referrers where a registry has no
  /// list of them.
  static func isImage(_ tag: String) -> Bool {
    let parts = tag.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let digest = parts.first, digest.hasPrefix("sha256-"), digest.utf8.count == 71,
      Hex.isLowercase(digest.dropFirst(7))
    else { return true }
    return parts.count == 2 && !["sig", "att", "sbom"].contains(parts[1])
  }
}
