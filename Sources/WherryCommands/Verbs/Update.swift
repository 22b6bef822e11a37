import ArgumentParser
import WherryRPC
import WherryWire

struct UpdateVerb: Verb {
  static let synopsis = "update [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "update", "Update configuration of one or more containers")
  static let flagSet = FlagSet(flags: [
    .value("memory", "m"), .value("memory-swap"), .value("memory-reservation"), .value("cpus"),
    .value("cpu-shares", "c"), .value("cpu-period"), .value("cpu-quota"), .value("cpuset-cpus"),
    .value("cpuset-mems"), .value("pids-limit"), .value("blkio-weight"), .value("restart"),
    .later("cpu-rt-period", nil, "real-time scheduling of groups is not supported"),
    .later("cpu-rt-runtime", nil, "real-time scheduling of groups is not supported"),
  ])

  @Option(name: [.customShort("m"), .long], help: "Memory limit")
  var memory: String?
  @Option(help: "Swap limit equal to memory plus swap: -1 to enable unlimited swap")
  var memorySwap: String?
  @Option(help: "Memory soft limit")
  var memoryReservation: String?
  @Option(help: "Number of CPUs")
  var cpus: String?
  @Option(name: [.customShort("c"), .long], help: "CPU shares (relative weight)")
  var cpuShares: String?
  @Option(help: "Limit CPU CFS (Completely Fair Scheduler) period")
  var cpuPeriod: String?
  @Option(help: "Limit CPU CFS (Completely Fair Scheduler) quota")
  var cpuQuota: String?
  @Option(help: "CPUs in which to allow execution (0-3, 0,1)")
  var cpusetCpus: String?
  @Option(help: "MEMs in which to allow execution (0-3, 0,1)")
  var cpusetMems: String?
  @Option(help: "Tune container pids limit (set -1 for unlimited)")
  var pidsLimit: String?
  @Option(help: "Block IO (relative weight), between 10 and 1000, or 0 to disable")
  var blkioWeight: String?
  @Option(help: "Restart policy to apply when a container exits")
  var restart: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .atLeast(1))
    let flags = ResourceFlags(
      memory: memory, memorySwap: memorySwap, memoryReservation: memoryReservation, cpus: cpus,
      cpuShares: cpuShares, cpuPeriod: cpuPeriod, cpuQuota: cpuQuota, cpusetCpus: cpusetCpus,
      cpusetMems: cpusetMems, pidsLimit: pidsLimit, blkioWeight: blkioWeight)
    let resources = try flags.resources { flag, text, error throws(UsageError) in
      try Self.option(flag, text) { () throws(OptionError) in throw error }
    }
    let policy = try restart.map { text in
      try Self.option("restart", text) { () throws(OptionError) in try RestartOption.parse(text) }
    }
    guard resources != Resources() || policy != nil else {
      throw UsageError(message: "you must provide one or more flags when using this command", exitCode: 1)
    }
    let client = try await context.connect()
    return try await context.each(containers) { name in
      _ = try await client.containerUpdate(
        ContainerUpdateParams(
          container: name, resources: resources == Resources() ? nil : resources, restart: policy))
    }
  }
}
