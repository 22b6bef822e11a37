/// Limits the supervisor enforces through cgroups.
package struct ResourceLimits: Sendable, Equatable {
  /// Bytes.
  package var memory: UInt64?
  /// Billionths of a CPU.
  package var nanoCPUs: UInt64?
  package var pids: UInt64?
  /// Weight beside others, 2 to 262144.
  package var cpuShares: UInt64?
  /// Bytes that are taken away last.
  package var memoryReservation: UInt64?
  /// Bytes of memory and swap together; twice the memory where nil.
  package var memorySwap: UInt64?
  /// Microseconds of CPU in a period, both or none; `nanoCPUs` says the same in another way.
  package var cpuQuota: UInt64?
  package var cpuPeriod: UInt64?
  package var processors: IndexList?
  package var memoryNodes: IndexList?
  /// Weight beside others, 10 to 1000.
  package var blockWeight: UInt64?
  package var blockDevices: [BlockDeviceLimit] = []

  package init(
    memory: UInt64? = nil, nanoCPUs: UInt64? = nil, pids: UInt64? = nil, cpuShares: UInt64? = nil,
    memoryReservation: UInt64? = nil, memorySwap: UInt64? = nil
  ) {
    self.memory = memory
    self.nanoCPUs = nanoCPUs
    self.pids = pids
    self.cpuShares = cpuShares
    self.memoryReservation = memoryReservation
    self.memorySwap = memorySwap
  }
}

/// Rates of one block device, a second.
package struct BlockDeviceLimit: Sendable, Equatable {
  package var path: String
  package var major: Int64
  package var minor: Int64
  package var readBytes: UInt64?
  package var writeBytes: UInt64?
  package var readOperations: UInt64?
  package var writeOperations: UInt64?

  package init(path: String, major: Int64, minor: Int64) {
    self.path = path
    self.major = major
    self.minor = minor
  }
}

/// What is to be different of a container that runs.
package struct ContainerChange: Sendable, Equatable {
  package var before: ResourceLimits
  package var after: ResourceLimits
  /// The policy stays where nil.
  package var restart: RestartRule?

  package init(before: ResourceLimits, after: ResourceLimits, restart: RestartRule?) {
    self.before = before
    self.after = after
    self.restart = restart
  }
}
