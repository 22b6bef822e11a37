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
    var params = ContainerRunParams(
      spec: try builder.spec(), detach: detach ? true : nil, pull: try builder.pullPolicy(),
      platform: options.platform)
    let keys = try Self.detachKeys(detachKeys)
    if options.tty, !detach { try UserTerminal.check(interactive: options.interactive) }
    let streams = try builder.streams()
    if detach, !options.attach.isEmpty { throw UsageError(message: "Conflicting options: -a and -d") }
    let file = try ContainerIDFile(options.cidfile)
    for warning in try builder.warnings() { context.console.warn(warning) }
    let client = try await context.connect()
    let progress = PullPrinter(
      reference: builder.image, console: context.console, style: options.quiet ? .quiet : .implicit)
    params.pull = try await ImagePull.prepare(
      builder.image, policy: params.pull, platform: options.platform, client: client, printer: progress)
    if detach {
      return try await DetachedRun.run(
        try await client.containerRun(params), progress: progress, console: context.console
      ) { id in try file?.write(id) }
    }
    let (console, showsID) = (context.console, !streams.stdout && !streams.stderr)
    let session = AttachedSession(
      interactive: options.interactive && streams.stdin, forwardsSignals: sigProxy, route: .kill(client),
      console: context.console, progress: progress,
      terminal: options.tty ? UserTerminal(detachKeys: keys, reads: options.interactive) : nil,
      streams: streams
    ) { id in
      try file?.write(id)
      if showsID { try console.print(id) }
    }
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
