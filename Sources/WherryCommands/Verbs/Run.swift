import ArgumentParser
import WherryRPC
import WherryWire

struct RunVerb: Verb {
  static let synopsis = "run [OPTIONS] IMAGE [COMMAND] [ARG...]"
  static let configuration: CommandConfiguration = describe(
    "run", "Create and run a new container from an image", help: .long)
  static let flagSet = FlagSet(
    flags: ContainerFlags.shared + ContainerFlags.later + [
      .toggle("detach", "d"), .boolean("sig-proxy"), .value("detach-keys"),
    ], interspersed: false)
  static let failureCode: Int32 = 125

  @OptionGroup var options: ContainerOptions
  @Flag(name: [.customShort("d"), .long], help: "Run container in background and print container ID")
  var detach = false
  @Option(help: "Proxy received signals to the process")
  var sigProxy = true
  @Option(help: "Override the key sequence for detaching a container")
  var detachKeys: String?
  @Argument(help: "The image, then the command and its arguments")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let builder = ContainerSpecBuilder(options, words)
    let params = ContainerRunParams(
      spec: try builder.spec(), detach: detach ? true : nil, pull: try builder.pullPolicy(),
      platform: options.platform)
    let keys = try Self.detachKeys(detachKeys)
    if options.tty, !detach { try UserTerminal.check(interactive: options.interactive) }
    let client = try await context.connect()
    let progress = PullPrinter(
      reference: builder.image, console: context.console, style: options.quiet ? .quiet : .implicit)
    if detach {
      return try await DetachedRun.run(
        try await client.containerRun(params), progress: progress, console: context.console)
    }
    let session = AttachedSession(
      interactive: options.interactive, forwardsSignals: sigProxy, route: .kill(client),
      console: context.console, progress: progress,
      terminal: options.tty ? UserTerminal(detachKeys: keys, reads: options.interactive) : nil)
    return try await session.run(try await client.containerRun(params), exitCode: \.exitCode)
  }
}

extension ContainerSpecBuilder {
  /// With the process's own surroundings. `words` has at least the image.
  init(_ options: ContainerOptions, _ words: [String]) {
    self.init(
      options: options, image: words.first ?? "", command: Array(words.dropFirst()),
      workingDirectory: Context.workingDirectory, environment: Context.environment, readFile: LocalFile.read)
  }
}
