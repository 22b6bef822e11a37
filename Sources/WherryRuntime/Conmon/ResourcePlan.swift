import WherryEngine
import WherryModel
import WherryOCI

/// Limits as the runtime applies them, where systemd does not.
enum ResourcePlan {
  static let cpuPeriod: UInt64 = 100_000

  static func group(_ id: ContainerID) -> String { "/wherry/\(id)" }

  static func applied(_ launch: ContainerLaunch) -> RuntimeSpec {
    var spec = launch.runtime
    spec.linux.cgroupsPath = group(launch.id)
    var resources = spec.linux.resources ?? RuntimeSpec.Resources()
    set(launch.resources, &resources)
    spec.linux.resources = resources
    return spec
  }

  private static func set(_ limits: ResourceLimits, _ resources: inout RuntimeSpec.Resources) {
    if limits.memory != nil || limits.memoryReservation != nil {
      resources.memory = RuntimeSpec.Memory(
        limit: limits.memory.map { Int64(clamping: $0) },
        swap: limits.memoryAndSwap.map { Int64(clamping: $0) },
        reservation: limits.memoryReservation.map { Int64(clamping: $0) })
    }
    let cpu = RuntimeSpec.CPU(
      quota: limits.cpuQuota.map { Int64(clamping: $0) }
        ?? limits.nanoCPUs.map { Int64(clamping: max($0 / 10_000, 1_000)) },
      period: limits.cpuPeriod ?? limits.nanoCPUs.map { _ in cpuPeriod }, shares: limits.cpuShares,
      cpus: limits.processors?.description, mems: limits.memoryNodes?.description)
    if cpu != RuntimeSpec.CPU() { resources.cpu = cpu }
    if let pids = limits.pids { resources.pids = RuntimeSpec.PIDs(limit: Int64(clamping: pids)) }
    var block = RuntimeSpec.BlockIO(weight: limits.blockWeight.map { UInt16(clamping: $0) })
    let devices = limits.blockDevices
    block.throttleReadBpsDevice = throttles(devices, \.readBytes)
    block.throttleWriteBpsDevice = throttles(devices, \.writeBytes)
    block.throttleReadIOPSDevice = throttles(devices, \.readOperations)
    block.throttleWriteIOPSDevice = throttles(devices, \.writeOperations)
    if block != RuntimeSpec.BlockIO() { resources.blockIO = block }
  }

  private static func throttles(
    _ devices: [BlockDeviceLimit], _ rate: KeyPath<BlockDeviceLimit, UInt64?>
  ) -> [RuntimeSpec.Throttle]? {
    let throttles = devices.compactMap { device in
      device[keyPath: rate].map {
        RuntimeSpec.Throttle(major: device.major, minor: device.minor, rate: $0)
      }
    }
    return throttles.isEmpty ? nil : throttles
  }

  /// What `runtime update` reads; -1 takes a limit away, and what is absent stays. It cannot change rates of devices.
  static func update(_ change: ContainerChange) -> RuntimeSpec.Resources {
    var (before, after) = (change.before, change.after)
    before.blockDevices = []
    after.blockDevices = []
    var resources = RuntimeSpec.Resources()
    set(after, &resources)
    if before.memory != nil, after.memory == nil {
      resources.memory = RuntimeSpec.Memory(limit: -1, swap: -1)
    }
    if before.pids != nil, after.pids == nil { resources.pids = RuntimeSpec.PIDs(limit: -1) }
    let hadQuota = before.nanoCPUs != nil || before.cpuQuota != nil
    if hadQuota, after.nanoCPUs == nil, after.cpuQuota == nil {
      resources.cpu = resources.cpu ?? RuntimeSpec.CPU()
      resources.cpu?.quota = -1
    }
    return resources
  }
}

extension ResourceLimits {
  /// Docker's default: as much swap again.
  var memoryAndSwap: UInt64? {
    memorySwap ?? memory.map { $0.multipliedReportingOverflow(by: 2).overflow ? .max : $0 * 2 }
  }

  /// systemd's weight, 1 to 10000, for Docker's shares, as the OCI runtimes convert them.
  var cpuWeight: UInt64? { cpuShares.map { 1 + (max($0, 2) - 2) * 9999 / 262_142 } }
}
