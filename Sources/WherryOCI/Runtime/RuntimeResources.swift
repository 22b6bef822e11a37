extension RuntimeSpec {
  /// Limits the runtime sets where it manages the cgroup (config-linux.md, "Control groups").
  package struct Resources: Sendable, Equatable, Codable {
    package var devices: [DeviceRule]?
    package var memory: Memory?
    package var cpu: CPU?
    package var pids: PIDs?
    package var blockIO: BlockIO?

    package init(
      devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil, pids: PIDs? = nil,
      blockIO: BlockIO? = nil
    ) {
      self.blockIO = blockIO
      self.devices = devices
      self.memory = memory
      self.cpu = cpu
      self.pids = pids
    }
  }

  /// One entry of the device allow list; absent members match everything.
  package struct DeviceRule: Sendable, Equatable, Codable {
    package var allow: Bool
    package var type: String?
    package var major: Int64?
    package var minor: Int64?
    package var access: String?

    package init(
      allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
    ) {
      self.allow = allow
      self.type = type
      self.major = major
      self.minor = minor
      self.access = access
    }
  }

  package struct Memory: Sendable, Equatable, Codable {
    /// Bytes.
    package var limit: Int64?
    /// Bytes of memory and swap together.
    package var swap: Int64?
    /// Bytes that are taken away last.
    package var reservation: Int64?

    package init(limit: Int64? = nil, swap: Int64? = nil, reservation: Int64? = nil) {
      self.limit = limit
      self.swap = swap
      self.reservation = reservation
    }
  }

  package struct CPU: Sendable, Equatable, Codable {
    /// Microseconds of CPU in a period.
    package var quota: Int64?
    package var period: UInt64?
    package var shares: UInt64?
    package var cpus: String?
    package var mems: String?

    package init(
      quota: Int64? = nil, period: UInt64? = nil, shares: UInt64? = nil, cpus: String? = nil,
      mems: String? = nil
    ) {
      self.mems = mems
      self.quota = quota
      self.period = period
      self.shares = shares
      self.cpus = cpus
    }
  }

  /// Block devices (config-linux.md, "Block IO").
  package struct BlockIO: Sendable, Equatable, Codable {
    package var weight: UInt16?
    package var throttleReadBpsDevice: [Throttle]?
    package var throttleWriteBpsDevice: [Throttle]?
    package var throttleReadIOPSDevice: [Throttle]?
    package var throttleWriteIOPSDevice: [Throttle]?

    package init(weight: UInt16? = nil) {
      self.weight = weight
    }
  }

  package struct Throttle: Sendable, Equatable, Codable {
    package var major: Int64
    package var minor: Int64
    /// A second.
    package var rate: UInt64

    package init(major: Int64, minor: Int64, rate: UInt64) {
      self.major = major
      self.minor = minor
      self.rate = rate
    }
  }

  package struct PIDs: Sendable, Equatable, Codable {
    package var limit: Int64

    package init(limit: Int64) {
      self.limit = limit
    }
  }
}
