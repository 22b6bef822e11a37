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
    .value("limit-rate"), .value("max-concurrent"), .value("policy"),
    .later("all-tags", "a", "pulling all tags comes in a later release", takesValue: false),
  ])

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
    let reference = try Reference(words[0])
    if !quiet, reference.digest == nil, reference.tag == Reference.defaultTag, !words[0].hasSuffix(":latest")
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
    let printer = PullPrinter(
      reference: words[0], console: context.console, style: quiet ? .quiet : .explicit)
    let pull = ImagePull(client: client, params: params, printer: printer)
    let result = try await pull.run()
    try context.console.print(quiet ? reference.description : result.reference)
    return 0
  }
}
