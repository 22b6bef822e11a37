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
    let limits = launch.resources
    if limits.memory != nil || limits.memoryReservation != nil {
      resources.memory = RuntimeSpec.Memory(
        limit: limits.memory.map { Int64(clamping: $0) },
        swap: limits.memoryAndSwap.map { Int64(clamping: $0) },
        reservation: limits.memoryReservation.map { Int64(clamping: $0) })
    }
    if limits.nanoCPUs != nil || limits.cpuShares != nil {
      resources.cpu = RuntimeSpec.CPU(
        quota: limits.nanoCPUs.map { Int64(clamping: max($0 / 10_000, 1_000)) },
        period: limits.nanoCPUs.map { _ in cpuPeriod }, shares: limits.cpuShares)
    }
    if let pids = limits.pids { resources.pids = RuntimeSpec.PIDs(limit: Int64(clamping: pids)) }
    spec.linux.resources = resources
    return spec
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
