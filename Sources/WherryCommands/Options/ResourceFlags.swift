import WherryWire

/// The flags about limits that `run`, `create` and `update` share.
struct ResourceFlags {
  var memory: String?
  var memorySwap: String?
  var memoryReservation: String?
  var cpus: String?
  var cpuShares: String?
  var cpuPeriod: String?
  var cpuQuota: String?
  var cpusetCpus: String?
  var cpusetMems: String?
  var pidsLimit: String?
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
