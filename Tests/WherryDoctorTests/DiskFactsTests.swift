import Testing
import WherryDoctor
import WherryWire

struct DiskFactsTests {
  private static let gigabyte: UInt64 = 1_000_000_000

  private func disk(_ change: (inout DiskFacts) -> Void = { _ in }) -> [DoctorState] {
    var facts = DiskFacts(
      path: "/var/lib/wherry", kind: "ext4", total: 16 * Self.gigabyte, free: 8 * Self.gigabyte,
      totalFiles: 1_000_000, freeFiles: 900_000, writeTest: .done(milliseconds: 12), tellsKinds: true,
      endOfLife: 1)
    change(&facts)
    return facts.findings.map(\.state)
  }

  @Test func aHealthyCardIsWell() { #expect(disk() == [.ok]) }

  @Test func eachThingThatIsWrongIsOneFinding() {
    #expect(disk { $0.options = ["ro"] } == [.fault])
    #expect(disk { $0.free = 300_000_000 } == [.warning])
    #expect(disk { $0.free = 1_000_000 } == [.fault])
    #expect(disk { $0.freeFiles = 20_000 } == [.warning])
    #expect(disk { $0.freeFiles = 10 } == [.fault])
    #expect(disk { $0.kind = "vfat" } == [.fault])
    #expect(disk { $0.kind = "tmpfs" } == [.warning])
    #expect(disk { $0.tellsKinds = false } == [.fault])
    #expect(disk { $0.options = ["rw", "nobarrier"] } == [.warning])
    #expect(disk { $0.options = ["rw", "sync"] } == [.warning])
    #expect(disk { $0.writeTest = .failed("input/output error") } == [.fault])
    #expect(disk { $0.writeTest = .done(milliseconds: 4000) } == [.warning])
    #expect(disk { $0.endOfLife = 2 } == [.warning])
    #expect(disk { $0.endOfLife = 3 } == [.fault])
  }

  @Test func severalAreSeveral() {
    #expect(
      disk {
        $0.free = 0
        $0.freeFiles = 0
        $0.endOfLife = 3
      } == [.fault, .fault, .fault])
  }

  @Test func fileSystemsWithoutAFixedNumberOfInodesAreNotFullOfThem() {
    #expect(
      disk {
        $0.kind = "btrfs"
        $0.totalFiles = 0
        $0.freeFiles = 0
      } == [.ok])
  }

  @Test func aMemoryWithSwapOnTheCardIsWarnedOf() throws {
    let memory = "MemTotal:  948304 kB\nMemFree: 1 kB\nMemAvailable:  500000 kB\n"
    let head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    let card = try #require(MemoryFacts(memory: memory, swaps: head + "/var/swap file 102396 0 -2\n"))
    #expect(card.findings.map(\.state) == [.warning])
    #expect(card.findings.first?.seen.contains("/var/swap") == true)
    let zram = try #require(MemoryFacts(memory: memory, swaps: head + "/dev/zram0 partition 102396 0 100\n"))
    #expect(zram.findings.map(\.state) == [.ok])
    let full = try #require(
      MemoryFacts(memory: "MemTotal: 948304 kB\nMemAvailable: 5000 kB\n", swaps: head))
    #expect(full.findings.map(\.state) == [.warning])
    #expect(MemoryFacts(memory: "nothing", swaps: "") == nil)
  }
}
