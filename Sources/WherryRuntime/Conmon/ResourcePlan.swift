import WherryEngine
import WherryOCI

/// Limits as the runtime applies them, where systemd does not.
enum ResourcePlan {
  static let cpuPeriod: UInt64 = 100_000

  static func applied(_ launch: ContainerLaunch) -> RuntimeSpec {
    var spec = launch.runtime
    spec.linux.cgroupsPath = "/wherry/\(launch.id)"
    var resources = spec.linux.resources ?? RuntimeSpec.Resources()
    let limits = launch.resources
    if let memory = limits.memory {
      let bytes = Int64(clamping: memory)
      // Docker's default: as much swap again.
      resources.memory = RuntimeSpec.Memory(
        limit: bytes, swap: bytes.multipliedReportingOverflow(by: 2).overflow ? .max : bytes * 2)
    }
    if let nanoCPUs = limits.nanoCPUs {
      resources.cpu = RuntimeSpec.CPU(
        quota: Int64(clamping: max(nanoCPUs / 10_000, 1_000)), period: cpuPeriod)
    }
    if let pids = limits.pids { resources.pids = RuntimeSpec.PIDs(limit: Int64(clamping: pids)) }
    spec.linux.resources = resources
    return spec
  }
}
