import ArgumentParser
import WherryRPC
import WherryWire

struct ExecVerb: Verb {
  static let synopsis = "exec [OPTIONS] CONTAINER COMMAND [ARG...]"
  static let configuration: CommandConfiguration = describe(
    "exec", "Execute a command in a running container", help: .long)
  static let flagSet = FlagSet(
    flags: [
      .toggle("detach", "d"), .value("env", "e"), .value("env-file"), .toggle("interactive", "i"),
      .toggle("privileged"), .toggle("tty", "t"), .value("user", "u"), .value("workdir", "w"),
      .value("detach-keys"),
    ], interspersed: false)
  static let failureCode: Int32 = 125

  @Flag(name: [.customShort("d"), .long], help: "Detached mode: run command in the background")
  var detach = false
  @Option(name: [.customShort("e"), .long], help: "Set environment variables")
  var env: [String] = []
  @Option(help: "Read in a file of environment variables")
  var envFile: [String] = []
  @Flag(name: [.customShort("i"), .long], help: "Keep STDIN open")
  var interactive = false
  @Flag(help: "Give extended privileges to the command")
  var privileged = false
  @Flag(name: [.customShort("t"), .long], help: "Allocate a pseudo-TTY")
  var tty = false
  @Option(name: [.customShort("u"), .long], help: "Username or UID (format: <name|uid>[:<group|gid>])")
  var user: String?
  @Option(name: [.customShort("w"), .long], help: "Working directory inside the container")
  var workdir: String?
  @Option(help: "Override the key sequence for detaching a container")
  var detachKeys: String?
  @Argument(help: "The container, then the command and its arguments")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(2))
    let params = try params()
    let keys = try Self.detachKeys(detachKeys)
    if tty, !detach { try UserTerminal.check(interactive: interactive) }
    let client = try await context.connect()
    let progress = PullPrinter(reference: "", console: context.console, style: .quiet)
    if detach {
      let call = try await client.containerExec(params)
      call.end()
      for try await output in call.output {
        for warning in output.warnings ?? [] { context.console.warn(warning) }
      }
      _ = try await call.result()
      return 0
    }
    let session = AttachedSession(
      interactive: interactive, forwardsSignals: true, route: .session, console: context.console,
      progress: progress, terminal: tty ? UserTerminal(detachKeys: keys, reads: interactive) : nil)
    return try await session.run(try await client.containerExec(params), exitCode: \.exitCode)
  }

  private func params() throws -> ContainerExecParams {
    let files = try envFile.map { (name: $0, bytes: try LocalFile.read($0)) }
    let entries = try Self.option("env", env.last ?? "") { () throws(OptionError) in
      try EnvironmentOption.entries(env, files: files, lookUp: Context.environment)
    }
    var params = ContainerExecParams(container: words[0], command: Array(words.dropFirst()))
    if !entries.isEmpty { params.environment = entries }
    params.workingDirectory = workdir
    params.user = user
    if detach { params.detach = true }
    if interactive { params.openStdin = true }
    if privileged { params.privileged = true }
    if tty { params.terminal = true }
    return params
  }
}
