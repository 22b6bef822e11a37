import ArgumentParser
import WherryRPC
import WherryWire

struct AttachVerb: Verb {
  static let synopsis = "attach [OPTIONS] CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "attach", "Attach local standard input, output, and error streams to a running container")
  static let flagSet = FlagSet(flags: [
    .value("detach-keys"), .toggle("no-stdin"), .boolean("sig-proxy"),
  ])

  @Option(help: "Override the key sequence for detaching a container")
  var detachKeys: String?
  @Flag(help: "Do not attach STDIN")
  var noStdin = false
  @Option(help: "Proxy all received signals to the process")
  var sigProxy = true
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .exactly(1))
    let client = try await context.connect()
    return try await AttachedContainer(
      container: containers[0], starts: false, interactive: !noStdin, forwardsSignals: sigProxy,
      detachKeys: try Self.detachKeys(detachKeys)
    ).run(client, context.console)
  }
}

/// Joining a container's first process, as `attach` and `start --attach` do.
struct AttachedContainer: Sendable {
  var container: String
  var starts: Bool
  var interactive: Bool
  var forwardsSignals: Bool
  var detachKeys: DetachKeys

  func run(_ client: WherryCalls, _ console: Console) async throws -> Int32 {
    let detail = try await client.containerInspect(ContainerReference(container: container))
    let takesInput = interactive && (detail.spec.openStdin ?? false)
    var terminal: UserTerminal?
    if detail.spec.terminal ?? false {
      try UserTerminal.check(interactive: takesInput)
      terminal = UserTerminal(detachKeys: detachKeys, reads: takesInput)
    }
    let params = ContainerAttachParams(
      container: detail.id, start: starts ? true : nil, noInput: takesInput ? nil : true)
    let session = AttachedSession(
      interactive: takesInput, forwardsSignals: forwardsSignals, route: .kill(client), console: console,
      progress: PullPrinter(reference: "", console: console, style: .quiet), terminal: terminal)
    return try await session.run(try await client.containerAttach(params), exitCode: \.exitCode)
  }
}

extension Verb {
  static func detachKeys(_ text: String?) throws(UsageError) -> DetachKeys {
    guard let text else { return .standard }
    return try option("detach-keys", text) { () throws(OptionError) in try DetachKeys.parse(text) }
  }
}
