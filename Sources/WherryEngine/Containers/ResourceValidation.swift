package import WherryModel
package import WherryWire

/// Refuses limits that make no sense anywhere, with the flag and the remedy. What this device cannot enforce
/// `LimitSupport` says.
package enum ResourceValidation {
  static let maximumBlockLimits = 64

  package static func validate(_ resources: Resources) throws(WherryError) {
    if resources.nanoCPUs != nil, resources.cpuQuota != nil || resources.cpuPeriod != nil {
      throw SpecValidation.invalid(
        "--cpus and --cpu-quota or --cpu-period exclude each other",
        hint: "--cpus 0.5 is --cpu-period 100000 --cpu-quota 50000")
    }
    if let period = resources.cpuPeriod, !(1_000...1_000_000).contains(period) {
      throw SpecValidation.invalid(
        "--cpu-period: \(period) is out of range", hint: "give 1000 (1 ms) to 1000000 (1 s)")
    }
    if let quota = resources.cpuQuota, !(1_000...UInt64(Int32.max)).contains(quota) {
      throw SpecValidation.invalid(
        "--cpu-quota: \(quota) is out of range", hint: "give 1000 (1 ms) or more")
    }
    if resources.cpuPeriod != nil, resources.cpuQuota == nil {
      throw SpecValidation.invalid("--cpu-period limits nothing without --cpu-quota", hint: "give both")
    }
    for (flag, text) in [("--cpuset-cpus", resources.cpusetCPUs), ("--cpuset-mems", resources.cpusetMemory)] {
      guard let text, IndexList(text) == nil else { continue }
      throw SpecValidation.invalid(
        "\(flag): \(Printable.text(text).debugDescription) is no list of numbers",
        hint: "write 0-2,4, for example")
    }
    if let weight = resources.blockWeight, !(10...1000).contains(weight) {
      throw SpecValidation.invalid("--blkio-weight: \(weight) is out of range", hint: "give 10 to 1000")
    }
    let limits = resources.blockLimits ?? []
    guard limits.count <= maximumBlockLimits else {
      throw SpecValidation.invalid("more than \(maximumBlockLimits) block devices have limits")
    }
    for limit in limits {
      guard limit.path.hasPrefix("/dev/"), !limit.path.utf8.contains(0), !limit.path.contains("..") else {
        throw SpecValidation.invalid(
          "a limit's device \(Printable.text(limit.path).debugDescription) is no path below /dev",
          hint: "write /dev/sda:10mb, for example")
      }
      let rates = [limit.readBytes, limit.writeBytes, limit.readOperations, limit.writeOperations]
      for rate in rates.compactMap(\.self) where !(1...UInt64(Int64.max)).contains(rate) {
        throw SpecValidation.invalid("a limit of \(limit.path) is out of range: \(rate)")
      }
    }
  }
}
