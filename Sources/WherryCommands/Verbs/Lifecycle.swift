import ArgumentParser
import WherryRPC
import WherryWire

struct StartVerb: Verb {
  static let synopsis = "start [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("start", "Start one or more stopped containers")
  static let flagSet = FlagSet(flags: [
    .toggle("attach", "a"), .toggle("interactive", "i"), .value("detach-keys"), .boolean("sig-proxy"),
    .later("checkpoint", nil, "checkpoints are not supported"),
    .later("checkpoint-dir", nil, "checkpoints are not supported"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Attach STDOUT/STDERR and forward signals")
  var attach = false
  @Flag(name: [.customShort("i"), .long], help: "Attach container's STDIN")
  var interactive = false
  @Option(help: "Override the key sequence for detaching a container")
  var detachKeys: String?
  @Option(help: "Proxy all received signals to the process")
  var sigProxy = true
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let keys = try Self.detachKeys(detachKeys)
    let client = try await context.connect()
    if attach || interactive {
      guard containers.count == 1 else {
        throw UsageError(message: "you cannot start and attach multiple containers at once", exitCode: 1)
      }
      return try await AttachedContainer(
        container: containers[0], starts: true, interactive: interactive, forwardsSignals: sigProxy,
        detachKeys: keys
      ).run(client, context.console)
    }
    return try await context.each(containers) { name in
      _ = try await client.containerStart(ContainerStartParams(container: name))
    }
  }
}

struct StopVerb: Verb {
  static let synopsis = "stop [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("stop", "Stop one or more running containers")
  static let flagSet = FlagSet(flags: [.value("signal", "s"), .value("timeout", "t", aliases: ["time"])])

  @Option(name: [.customShort("s"), .long], help: "Signal to send to the container")
  var signal: String?
  @Option(name: [.customShort("t"), .long], help: "Seconds to wait before killing the container")
  var timeout: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let seconds = try timeout.map { text in
      try Self.option("timeout", text) { () throws(OptionError) in try Seconds.parse(text) }
    }
    let client = try await context.connect()
    return try await context.each(containers) { name in
      let params = ContainerStopParams(container: name, timeout: seconds, signal: signal)
      _ = try await client.containerStop(params)
    }
  }
}

struct RestartVerb: Verb {
  static let synopsis = "restart [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("restart", "Restart one or more containers")
  static let flagSet = FlagSet(flags: [
    .value("signal", "s"), .value("timeout", "t", aliases: ["time"]),
  ])

  @Option(name: [.customShort("s"), .long], help: "Signal to send to the container")
  var signal: String?
  @Option(name: [.customShort("t"), .long], help: "Seconds to wait before killing the container")
  var timeout: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let seconds = try timeout.map { text in
      try Self.option("timeout", text) { () throws(OptionError) in try Seconds.parse(text) }
    }
    let client = try await context.connect()
    return try await context.each(containers) { name in
      let params = ContainerRestartParams(container: name, timeout: seconds, signal: signal)
      _ = try await client.containerRestart(params)
    }
  }
}

struct KillVerb: Verb {
  static let synopsis = "kill [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("kill", "Kill one or more running containers")
  static let flagSet = FlagSet(flags: [.value("signal", "s")])

  @Option(name: [.customShort("s"), .long], help: "Signal to send to the container")
  var signal: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let client = try await context.connect()
    return try await context.each(containers) { name in
      let params = ContainerKillParams(container: name, signal: signal)
      _ = try await client.containerKill(params)
    }
  }
}

struct RmVerb: Verb {
  static let synopsis = "rm [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("rm", "Remove one or more containers")
  static let flagSet = FlagSet(flags: [
    .toggle("force", "f"), .toggle("volumes", "v"),
    .later("link", "l", "links are not supported", takesValue: false),
  ])

  @Flag(name: [.customShort("f"), .long], help: "Force the removal of a running container (uses SIGKILL)")
  var force = false
  @Flag(name: [.customShort("v"), .long], help: "Remove anonymous volumes associated with the container")
  var volumes = false
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let client = try await context.connect()
    return try await context.each(containers) { name in
      let params = ContainerRemoveParams(
        container: name, force: force ? true : nil, volumes: volumes ? true : nil)
      _ = try await client.containerRemove(params)
    }
  }
}
