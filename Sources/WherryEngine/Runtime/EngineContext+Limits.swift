import WherryLinux
import WherryModel
import WherryWire

extension EngineContext {
  /// A container's limits as supervisors take them. Looks at block devices, where there are limits for some; blocks.
  func limits(of spec: ContainerSpec) throws(WherryError) -> ResourceLimits {
    guard let resources = spec.resources else { return ResourceLimits() }
    var limits = ResourceLimits(
      memory: resources.memory, nanoCPUs: resources.nanoCPUs, pids: resources.pidsLimit,
      cpuShares: resources.cpuShares, memoryReservation: resources.memoryReservation,
      memorySwap: resources.memorySwap)
    limits.cpuQuota = resources.cpuQuota
    limits.cpuPeriod = resources.cpuQuota == nil ? nil : resources.cpuPeriod ?? 100_000
    limits.processors = resources.cpusetCPUs.flatMap { IndexList($0) }
    limits.memoryNodes = resources.cpusetMemory.flatMap { IndexList($0) }
    limits.blockWeight = resources.blockWeight
    for limit in resources.blockLimits ?? [] { limits.blockDevices.append(try Self.blockDevice(limit)) }
    return limits
  }

  private static func blockDevice(_ limit: BlockLimit) throws(WherryError) -> BlockDeviceLimit {
    let name = Printable.text(limit.path)
    let status = try WherryError.converting("limit of \(name)") { () throws(SystemError) in
      try Files.statusIfPresent(limit.path, following: true)
    }
    guard let status, status.kind == .blockDevice else {
      throw WherryError(
        .invalidArgument,
        "limit of \(name): \(status == nil ? "there is no such device" : "it is no block device")",
        hint: "lsblk --paths lists them")
    }
    var device = BlockDeviceLimit(
      path: limit.path, major: Int64(clamping: DeviceNumber.major(status.representedDevice)),
      minor: Int64(clamping: DeviceNumber.minor(status.representedDevice)))
    device.readBytes = limit.readBytes
    device.writeBytes = limit.writeBytes
    device.readOperations = limit.readOperations
    device.writeOperations = limit.writeOperations
    return device
  }
}
