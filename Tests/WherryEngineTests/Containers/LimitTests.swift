import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct LimitTests {
  static let first = """
    #subsys_name\thierarchy\tnum_cgroups\tenabled
    cpu\t1\t2\t1
    memory\t4\t149\t0
    pids\t8\t2\t1
    """

  @Test func versionOnesControllersAreThoseEnabledAndMounted() {
    let support = LimitSupport(first: Self.first, mounted: ["cpu", "memory"])
    #expect(support.controllers == ["cpu"])
    #expect(LimitSupport(first: "", mounted: ["cpu"]).controllers.isEmpty)
    #expect(LimitSupport(first: "cpu 1\nx\n\t\n", mounted: ["cpu"]).controllers.isEmpty)
  }

  @Test func memoryWithoutAControllerIsRefusedWithTheKernelsOption() {
    let support = LimitSupport(unified: "cpuset cpu io\n")
    let error = #expect(throws: WherryError.self) { try support.check(Resources(memory: 64 << 20)) }
    #expect(error?.code == .failedPrecondition)
    #expect(error?.message.contains("/sys/fs/cgroup/cgroup.controllers does not list it") ?? false)
    #expect(error?.hint?.contains("cgroup_enable=memory cgroup_memory=1") ?? false)
    #expect(throws: Never.self) { try support.check(Resources(nanoCPUs: 1)) }
  }

  static let needing: [(Resources, String)] = [
    (Resources(memory: 1), "memory"), (Resources(memoryReservation: 1), "memory"),
    (Resources(nanoCPUs: 1), "cpu"),
    (Resources(pidsLimit: 1), "pids"), (Resources(cpuShares: 1), "cpu"),
    (Resources(cpusetCPUs: "0"), "cpuset"),
    (Resources(cpusetMemory: "0"), "cpuset"), (Resources(cpuQuota: 1), "cpu"),
    (Resources(blockWeight: 10), "io"),
    (Resources(blockLimits: [BlockLimit(path: "/dev/x", readBytes: 1)]), "io"),
  ]

  @Test(arguments: needing)
  func eachLimitNeedsItsController(_ resources: Resources, _ controller: String) {
    let error = #expect(throws: WherryError.self) { try LimitSupport(unified: "").check(resources) }
    #expect(error?.message.contains("no \(controller) controller") ?? false)
    #expect(throws: Never.self) { try LimitSupport.all(processors: 1).check(resources) }
  }

  @Test func processorsMustBeThere() {
    #expect(throws: WherryError.self) {
      try LimitSupport.all(processors: 2).check(Resources(cpusetCPUs: "0-2"))
    }
    #expect(throws: Never.self) { try LimitSupport.all(processors: 2).check(Resources(cpusetCPUs: "0-1")) }
  }

  static let lists: [(String, String, [UInt8])] = [
    ("0", "0", [1]), ("0-3,5", "0-3,5", [0b101111]), ("8", "8", [0, 1]), ("1,0", "0-1", [3]),
  ]

  @Test(arguments: lists)
  func aListNamesNumbers(_ text: String, _ canonical: String, _ mask: [UInt8]) throws {
    let list = try #require(IndexList(text))
    #expect(list.description == canonical && list.mask == mask)
  }

  @Test(arguments: ["", "x", "-1", "1-", "3-1", "0,,1", "8192", "0-99999999999999999999", "٣", " 1"])
  func whatIsNoListIsRefused(_ text: String) { #expect(IndexList(text) == nil) }

  @Test func anUpdateKeepsWhatItDoesNotName() throws {
    let old = Resources(memory: 64 << 20, nanoCPUs: 1, pidsLimit: 5)
    let new = try old.changed(by: Resources(memory: 96 << 20, pidsLimit: .max))
    #expect(new == Resources(memory: 96 << 20, nanoCPUs: 1))
  }

  static let conflicts: [(Resources, Resources)] = [
    (Resources(nanoCPUs: 1), Resources(cpuQuota: 1)), (Resources(cpuQuota: 1), Resources(nanoCPUs: 1)),
    (Resources(memory: 1, memorySwap: 2), Resources(memory: 3)),
    (Resources(), Resources(blockLimits: [BlockLimit(path: "/dev/x")])),
  ]

  @Test(arguments: conflicts)
  func anUpdateThatContradictsIsRefused(_ old: Resources, _ change: Resources) {
    #expect(throws: WherryError.self) { try old.changed(by: change) }
  }

  @Test(arguments: [
    Resources(nanoCPUs: 1, cpuQuota: 5000), Resources(cpuPeriod: 5000),
    Resources(cpuPeriod: 999, cpuQuota: 5000),
    Resources(cpuQuota: 999), Resources(cpuQuota: .max), Resources(cpusetCPUs: "x"),
    Resources(cpusetMemory: ""),
    Resources(blockWeight: 9), Resources(blockWeight: 1001),
    Resources(blockLimits: [BlockLimit(path: "sda", readBytes: 1)]),
    Resources(blockLimits: [BlockLimit(path: "/dev/../etc", readBytes: 1)]),
    Resources(blockLimits: [BlockLimit(path: "/dev/sda", readBytes: 0)]),
    Resources(blockLimits: [BlockLimit(path: "/dev/sda", writeOperations: .max)]),
  ])
  func limitsOutOfRangeAreRefused(_ resources: Resources) {
    #expect(throws: WherryError.self) { try ResourceValidation.validate(resources) }
  }

  @Test func pruneFiltersAreCheckedAndApplied() throws {
    for bad in [["until": ["x"]], ["until": ["1", "2"]], ["colour": ["red"]], ["until": ["1.1234567890"]]] {
      #expect(throws: WherryError.self) { try PruneFilters(bad) }
    }
    #expect(throws: Never.self) {
      try PruneFilters(["until": ["99999999999999999999".prefix(19).description]])
    }
  }
}
