import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct CreateVerb: Verb {
  static let synopsis = "create [OPTIONS] IMAGE [COMMAND] [ARG...]"
  static let configuration: CommandConfiguration = describe("create", "Create a new container", help: .long)
  static let flagSet = FlagSet(flags: ContainerFlags.shared + ContainerFlags.later, interspersed: false)
  static let failureCode: Int32 = 125

  @OptionGroup var options: ContainerOptions
  @Argument(help: "The image, then the command and its arguments")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let builder = ContainerSpecBuilder(options, words)
    let params = ContainerCreateParams(spec: try builder.spec())
    let file = try ContainerIDFile(options.cidfile)
    for warning in try builder.warnings() { context.console.warn(warning) }
    let client = try await context.connect()
    let progress = PullPrinter(
      reference: builder.image, console: context.console, style: options.quiet ? .quiet : .implicit)
    let policy =
      try await ImagePull.prepare(
        builder.image, policy: try builder.pullPolicy(), platform: options.platform, client: client,
        printer: progress) ?? .missing
    let pull = ImagePull(
      client: client, params: ImagePullParams(reference: builder.image, platform: options.platform),
      printer: progress)
    if policy == .always { _ = try await pull.run() }
    let result: ContainerCreateResult
    do {
      result = try await client.containerCreate(params)
    } catch let error as WherryError where error.code == .notFound && policy == .missing {
      _ = try await pull.run()
      result = try await client.containerCreate(params)
    }
    for warning in result.warnings ?? [] { context.console.warn(warning) }
    try file?.write(result.id)
    try context.console.print(result.id)
    return 0
  }
}
