import ArgumentParser
import WherryWire

/// The flags about limits that `run`, `create` and `update` share.
struct ResourceOptions: ParsableArguments {
  static let flags: [FlagSpec] = [
    .value("memory", "m"), .value("memory-swap"), .value("memory-reservation"), .value("cpus"),
    .value("cpu-shares", "c"), .value("cpu-period"), .value("cpu-quota"), .value("cpuset-cpus"),
    .value("cpuset-mems"), .value("pids-limit"), .value("blkio-weight"),
    .later("cpu-rt-period", nil, "the kernel does not support CPU real-time scheduler of control groups"),
    .later("cpu-rt-runtime", nil, "the kernel does not support CPU real-time scheduler of control groups"),
  ]

  @Option(name: [.customShort("m"), .long], help: "Memory limit (b, k, m, g)")
  var memory: String?
  @Option(help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap")
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

  /// Docker's 0 is the default, as if the flag were not there. A `pidsLimit` of 2^64-1 is none. `refuse` throws what is
  /// wrong with a flag's value.
  func resources(
    _ refuse: (_ flag: String, _ text: String, OptionError) throws(UsageError) -> Void
  ) throws(UsageError) -> Resources {
    func number(
      _ flag: String, _ text: String?, _ parse: (String) throws(OptionError) -> UInt64
    ) throws(UsageError) -> UInt64? {
      guard let text else { return nil }
      do {
        let number = try parse(text)
        return number == 0 ? nil : number
      } catch {
        try refuse(flag, text, error)
        return nil
      }
    }
    var resources = Resources()
    resources.memory = try number("memory", memory, MemorySize.parse)
    resources.memorySwap = try number("memory-swap", memorySwap, IsolationOption.swap)
    resources.memoryReservation = try number("memory-reservation", memoryReservation, MemorySize.parse)
    resources.nanoCPUs = try number("cpus", cpus, CPUCount.parse)
    resources.cpuShares = try number("cpu-shares", cpuShares, IsolationOption.number)
    resources.cpuPeriod = try number("cpu-period", cpuPeriod, IsolationOption.number)
    resources.cpuQuota = try number("cpu-quota", cpuQuota, IsolationOption.number)
    resources.blockWeight = try number("blkio-weight", blkioWeight, IsolationOption.number)
    resources.pidsLimit = try number("pids-limit", pidsLimit) { text throws(OptionError) in
      guard let limit = Int64(text) else { throw OptionError("invalid syntax") }
      return UInt64(exactly: limit).flatMap { $0 == 0 ? nil : $0 } ?? .max
    }
    if let cpusetCpus, !cpusetCpus.isEmpty { resources.cpusetCPUs = cpusetCpus }
    if let cpusetMems, !cpusetMems.isEmpty { resources.cpusetMemory = cpusetMems }
    return resources
  }
}

/// `--device-read-bps PATH:RATE` and its like, by device.
struct BlockLimitOptions {
  enum Unit {
    case bytes
    case operations
  }

  private(set) var limits: [BlockLimit] = []

  mutating func add(
    _ text: String, _ rate: WritableKeyPath<BlockLimit, UInt64?>, _ unit: Unit
  ) throws(OptionError) {
    guard let colon = text.lastIndex(of: ":"), text.hasPrefix("/dev/") else {
      throw OptionError("bad format: \(text): write /dev/NAME:RATE")
    }
    let path = String(text[..<colon])
    let number = String(text[text.index(after: colon)...])
    let value = unit == .bytes ? try MemorySize.parse(number) : try IsolationOption.number(number)
    guard value > 0 else { throw OptionError("invalid rate for device: \(text): it must be above 0") }
    if let index = limits.firstIndex(where: { $0.path == path }) {
      limits[index][keyPath: rate] = value
    } else {
      var limit = BlockLimit(path: path)
      limit[keyPath: rate] = value
      limits.append(limit)
    }
  }
}
