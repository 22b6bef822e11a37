import WherryEngine
import WherrySystemd

/// Limits in systemd's words, systemd.resource-control(5).
enum LimitPlan {
  static func properties(_ limits: ResourceLimits) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    if let memory = limits.memory {
      let swap = limits.memoryAndSwap ?? .max
      properties += [
        UnitProperty("MemoryMax", .uint64(memory)),
        UnitProperty("MemorySwapMax", .uint64(swap == .max ? .max : swap - min(swap, memory))),
      ]
    }
    if let low = limits.memoryReservation { properties.append(UnitProperty("MemoryLow", .uint64(low))) }
    if let weight = limits.cpuWeight { properties.append(UnitProperty("CPUWeight", .uint64(weight))) }
    if let nanoCPUs = limits.nanoCPUs {
      properties.append(UnitProperty("CPUQuotaPerSecUSec", .uint64(max(nanoCPUs / 1_000, 1))))
    }
    if let quota = limits.cpuQuota, let period = limits.cpuPeriod {
      let perSecond = quota.multipliedReportingOverflow(by: 1_000_000)
      properties += [
        UnitProperty(
          "CPUQuotaPerSecUSec",
          .uint64(perSecond.overflow ? .max : max(perSecond.partialValue / max(period, 1), 1))),
        UnitProperty("CPUQuotaPeriodUSec", .uint64(period)),
      ]
    }
    if let list = limits.processors { properties.append(UnitProperty("AllowedCPUs", .bytes(list.mask))) }
    if let list = limits.memoryNodes {
      properties.append(UnitProperty("AllowedMemoryNodes", .bytes(list.mask)))
    }
    if let pids = limits.pids { properties.append(UnitProperty("TasksMax", .uint64(pids))) }
    return properties + blockDevices(limits)
  }

  private static func blockDevices(_ limits: ResourceLimits) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    if let weight = limits.blockWeight {
      // As the OCI runtimes convert it: 10 to 1000 become 1 to 10000.
      let own = 1 + (max(min(weight, 1000), 10) - 10) * 9999 / 990
      properties.append(UnitProperty("IOWeight", .uint64(own)))
    }
    let rates: [(String, KeyPath<BlockDeviceLimit, UInt64?>)] = [
      ("IOReadBandwidthMax", \.readBytes), ("IOWriteBandwidthMax", \.writeBytes),
      ("IOReadIOPSMax", \.readOperations), ("IOWriteIOPSMax", \.writeOperations),
    ]
    for (name, rate) in rates {
      let list = limits.blockDevices.compactMap { device in
        device[keyPath: rate].map { UnitProperty.Rate(device.path, $0) }
      }
      if !list.isEmpty { properties.append(UnitProperty(name, .rates(list))) }
    }
    return properties
  }

  /// What stands for no limit.
  private static let unlimited: [String: UnitProperty.Value] = [
    "MemoryMax": .uint64(.max), "MemorySwapMax": .uint64(.max), "MemoryLow": .uint64(0),
    "CPUWeight": .uint64(.max), "CPUQuotaPerSecUSec": .uint64(.max), "CPUQuotaPeriodUSec": .uint64(.max),
    "TasksMax": .uint64(.max), "AllowedCPUs": .bytes([]), "AllowedMemoryNodes": .bytes([]),
    "IOWeight": .uint64(.max),
  ]

  /// Only what differs; a limit that is taken away becomes none.
  static func changes(_ change: ContainerChange) -> [UnitProperty] {
    let (before, after) = (properties(change.before), properties(change.after))
    let names = Set(after.map(\.name))
    return after.filter { !before.contains($0) }
      + before.compactMap { property in
        guard !names.contains(property.name) else { return nil }
        return unlimited[property.name].map { UnitProperty(property.name, $0) }
      }
  }
}
