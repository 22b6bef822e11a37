package import WherryModel
package import WherryWire

extension Resources {
  /// These limits after an update: what `change` has is taken from it, a `pidsLimit` of 2^64-1 takes that away.
  /// Throws `conflict` where the two say the same thing in different ways, as Docker does.
  package func changed(by change: Resources) throws(WherryError) -> Resources {
    var result = self
    if change.nanoCPUs != nil, cpuQuota != nil || cpuPeriod != nil {
      throw WherryError(
        .conflict, "conflicting options: --cpus cannot be updated as --cpu-quota has already been set",
        hint: "update --cpu-quota and --cpu-period instead")
    }
    if nanoCPUs != nil, change.cpuQuota != nil || change.cpuPeriod != nil {
      throw WherryError(
        .conflict, "conflicting options: --cpu-quota cannot be updated as --cpus has already been set",
        hint: "update --cpus instead")
    }
    if let memory = change.memory, change.memorySwap == nil, let swap = memorySwap, memory > swap {
      throw WherryError(
        .conflict, "--memory should be smaller than the already set --memory-swap",
        hint: "update --memory-swap at the same time")
    }
    if change.blockLimits != nil {
      throw WherryError(
        .unsupported, "rates of block devices cannot be updated", hint: "make a new container")
    }
    result.memory = change.memory ?? memory
    result.memoryReservation = change.memoryReservation ?? memoryReservation
    result.memorySwap = change.memorySwap ?? memorySwap
    result.nanoCPUs = change.nanoCPUs ?? nanoCPUs
    result.cpuShares = change.cpuShares ?? cpuShares
    result.cpuPeriod = change.cpuPeriod ?? cpuPeriod
    result.cpuQuota = change.cpuQuota ?? cpuQuota
    result.cpusetCPUs = change.cpusetCPUs ?? cpusetCPUs
    result.cpusetMemory = change.cpusetMemory ?? cpusetMemory
    result.blockWeight = change.blockWeight ?? blockWeight
    result.pidsLimit = change.pidsLimit == .max ? nil : change.pidsLimit ?? pidsLimit
    return result
  }
}
