package import WherryLinux
package import WherryModel
package import WherryWire

/// What this device's kernel can enforce of containers' limits. A limit that it cannot is refused, never ignored.
package struct LimitSupport: Sendable, Equatable {
  /// The controllers containers' groups can have: cpu, memory, pids, cpuset, io (version 2), blkio (version 1).
  package var controllers: Set<String>
  /// Where they are listed, for whom a limit is refused.
  package var source: String
  package var isUnified: Bool
  /// CPUs and memory nodes there are.
  package var processors: IndexList
  package var memoryNodes: IndexList
  /// Whether groups have weights of block devices, and limits of swap.
  package var hasBlockWeight: Bool
  package var hasSwapLimit: Bool

  /// A device that can do all, with `processors` CPUs.
  package static func all(processors: Int) -> LimitSupport {
    var support = LimitSupport(unified: "cpuset cpu io memory pids")
    support.processors = IndexList(Set(0..<max(1, processors)))
    support.hasBlockWeight = true
    return support
  }

  /// `text` of version 2's `/sys/fs/cgroup/cgroup.controllers`.
  package init(unified text: String) {
    controllers = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    source = "/sys/fs/cgroup/cgroup.controllers"
    isUnified = true
    processors = IndexList([0])
    memoryNodes = IndexList([0])
    hasBlockWeight = false
    hasSwapLimit = true
  }

  /// `text` of `/proc/cgroups` (cgroups(7)): NAME HIERARCHY GROUPS ENABLED. A controller that is not `mounted` is of no
  /// use.
  package init(first text: String, mounted: Set<String>) {
    controllers = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let name = words.first, words.count == 4, words.last == "1" else { continue }
      if mounted.contains(String(name)) { controllers.insert(String(name)) }
    }
    source = "/proc/cgroups"
    isUnified = false
    processors = IndexList([0])
    memoryNodes = IndexList([0])
    hasBlockWeight = false
    hasSwapLimit = false
  }

  /// Of this device. Blocks.
  package static func current(_ cgroups: Cgroups) throws(SystemError) -> LimitSupport {
    var support: LimitSupport
    if cgroups.mode == .unified {
      support = LimitSupport(unified: cgroups.unifiedControllers.joined(separator: " "))
      support.hasBlockWeight = try anyExists(
        ["", "/system.slice", "/init.scope"].flatMap { group in
          ["io.cost.qos", "io.weight", "io.bfq.weight"].map { "/sys/fs/cgroup\(group)/\($0)" }
        })
      support.hasSwapLimit = try Files.exists("/proc/swaps")
    } else {
      support = LimitSupport(
        first: try Files.readText("/proc/cgroups", maximum: 64 << 10),
        mounted: Set(cgroups.controllerPaths.keys))
      let (block, memory) = (cgroups.controllerPaths["blkio"], cgroups.controllerPaths["memory"])
      support.hasBlockWeight = try anyExists(
        ["blkio.weight", "blkio.bfq.weight"].compactMap { name in block.map { "\($0)/\(name)" } })
      support.hasSwapLimit = try anyExists(
        [memory.map { "\($0)/memory.memsw.limit_in_bytes" }].compactMap(\.self))
    }
    let cpus = try Files.readIfPresent("/sys/devices/system/cpu/online", maximum: 64 << 10)
    support.processors = indexes(cpus) ?? IndexList(Set(0..<max(1, Host.current().processors)))
    let nodes = try Files.readIfPresent("/sys/devices/system/node/online", maximum: 64 << 10)
    support.memoryNodes = indexes(nodes) ?? IndexList([0])
    return support
  }

  private static func indexes(_ bytes: [UInt8]?) -> IndexList? {
    guard let bytes else { return nil }
    return IndexList(String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  private static func anyExists(_ paths: [String]) throws(SystemError) -> Bool {
    for path in paths where try Files.exists(path) { return true }
    return false
  }

  /// Throws `failedPrecondition`, with what is missing and what brings it.
  package func check(_ resources: Resources) throws(WherryError) {
    let block = isUnified ? "io" : "blkio"
    let needs: [(flag: String, isWanted: Bool, controller: String)] = [
      ("--memory", resources.memory != nil, "memory"),
      ("--memory-reservation", resources.memoryReservation != nil, "memory"),
      ("--cpus", resources.nanoCPUs != nil, "cpu"),
      ("--cpu-quota", resources.cpuQuota != nil || resources.cpuPeriod != nil, "cpu"),
      ("--cpu-shares", resources.cpuShares != nil, "cpu"),
      ("--pids-limit", resources.pidsLimit != nil, "pids"),
      ("--cpuset-cpus", resources.cpusetCPUs != nil, "cpuset"),
      ("--cpuset-mems", resources.cpusetMemory != nil, "cpuset"),
      ("--blkio-weight", resources.blockWeight != nil, block),
      ("--device-read-bps and its like", !(resources.blockLimits ?? []).isEmpty, block),
    ]
    for need in needs where need.isWanted && !controllers.contains(need.controller) {
      throw missing(need.flag, need.controller)
    }
    if resources.memorySwap != nil, !hasSwapLimit {
      throw WherryError(
        .failedPrecondition, "--memory-swap: this kernel does not account for swap",
        hint: "add swapaccount=1 to the kernel's command line and reboot, or leave the flag out")
    }
    if resources.blockWeight != nil, !hasBlockWeight {
      throw WherryError(
        .failedPrecondition,
        "--blkio-weight: this kernel has no weights of block devices (no \(block).weight, no \(block).bfq.weight)",
        hint: "it needs CONFIG_BFQ_GROUP_IOSCHED\(isUnified ? " or CONFIG_BLK_CGROUP_IOCOST" : ""); use "
          + "--device-read-bps and --device-write-bps, or leave the flag out")
    }
    try checkLists(resources)
  }

  private func checkLists(_ resources: Resources) throws(WherryError) {
    let lists = [
      ("--cpuset-cpus", "CPUs", resources.cpusetCPUs, processors),
      ("--cpuset-mems", "memory nodes", resources.cpusetMemory, memoryNodes),
    ]
    for (flag, what, text, available) in lists {
      guard let text, let wanted = IndexList(text) else { continue }
      guard wanted.members.isSubset(of: available.members) else {
        throw SpecValidation.invalid(
          "\(flag): requested \(what) are not available: requested \(text), available \(available)",
          hint: "give some of \(available)")
      }
    }
  }

  private func missing(_ flag: String, _ controller: String) -> WherryError {
    let fact = isUnified ? "does not list it" : "does not list it as enabled, or it is not mounted"
    let option =
      [
        "memory": "CONFIG_MEMCG", "cpu": "CONFIG_CFS_BANDWIDTH", "pids": "CONFIG_CGROUP_PIDS",
        "cpuset": "CONFIG_CPUSETS", "io": "CONFIG_BLK_CGROUP", "blkio": "CONFIG_BLK_CGROUP",
      ][controller] ?? "CONFIG_CGROUPS"
    let remedy =
      controller == "memory"
      ? "add cgroup_enable=memory cgroup_memory=1 to the kernel's command line (Raspberry Pi: "
        + "/boot/firmware/cmdline.txt, in its one line) and reboot"
      : "the kernel needs \(option)"
    return WherryError(
      .failedPrecondition,
      "\(flag): this kernel has no \(controller) controller to enforce it: \(source) \(fact)",
      hint: "\(remedy); or leave the flag out")
  }
}
