import Glibc
import Testing
import WherryLinux
import WherryModel
import WherryWire

@testable import WherryDoctor

struct DoctorRunTests {
  @Test func findingsComeInOrderAndAreCounted() async throws {
    let items: [DoctorRun.Item] = [
      .init(
        .kernel,
        waiting: {
          try await Task.sleep(for: .milliseconds(50))
          return [.warning(.kernel, "late", "wait"), .ok(.kernel, "also")]
        }),
      .init(.disk, blocking: { [.fault(.disk, "full", "free it")] }),
      .init(.clock, blocking: { throw WherryError(.unsupported, "no clock", hint: "buy one") }),
    ]
    var seen: [String] = []
    let tally = try await DoctorRun().run(items) { seen.append("\($0.check) \($0.seen) \($0.remedy ?? "")") }
    #expect(seen == ["kernel late wait", "kernel also ", "disk full free it", "clock no clock buy one"])
    #expect((tally.warnings, tally.faults) == (1, 1))
  }

  /// A thread that the kernel holds, and a task that waits for what never comes.
  @Test func aCheckThatHangsIsAFindingAndHoldsUpNobody() async throws {
    let (reading, writing) = try WherryError.converting { () throws(SystemError) in try Pipe.socketPair() }
    let items: [DoctorRun.Item] = [
      .init(
        .disk,
        blocking: { [number = reading.file.rawValue] in
          var byte: UInt8 = 0
          _ = read(number, &byte, 1)
          return []
        }),
      .init(
        .dns,
        waiting: {
          try await Task.sleep(for: .seconds(3600))
          return []
        }),
      .init(.memory, blocking: { [.ok(.memory, "enough")] }),
    ]
    var seen: [(String, DoctorState)] = []
    try await DoctorRun(limit: .milliseconds(100)).run(items) { seen.append(($0.check, $0.state)) }
    #expect(seen.map { $0.0 } == ["disk", "dns", "memory"])
    #expect(seen.map { $0.1 } == [.fault, .fault, .ok])
    // Lets the thread go.
    _ = write(writing.file.rawValue, "x", 1)
  }

  @Test func checksAreChosenByNameInTheirOrder() throws {
    #expect(try LocalDoctor.checks([]) == DoctorCheck.allCases)
    #expect(try LocalDoctor.checks(["disk", "kernel", "disk"]) == [.kernel, .disk])
    #expect(throws: WherryError.self) { try LocalDoctor.checks(["disc"]) }
    #expect(throws: WherryError.self) { try LocalDoctor.checks([String](repeating: "disk", count: 65)) }
  }

  /// On the machine that runs the tests, whatever it is: each check comes to an end and says something.
  @Test(arguments: DoctorCheck.allCases) func everyCheckSaysSomethingOfThisMachine(_ check: DoctorCheck)
    async throws
  {
    guard let item = LocalDoctor.item(check, .init(stateDirectory: "/")) else {
      #expect([.daemon, .registries, .firewall].contains(check))
      return
    }
    var seen: [DoctorFinding] = []
    try await DoctorRun(limit: .seconds(20)).run([item]) { seen.append($0) }
    #expect(!seen.isEmpty)
    #expect(seen.allSatisfy { $0.check == check.rawValue && !$0.seen.isEmpty })
    #expect(seen.allSatisfy { $0.state == .ok || $0.state == .unknown || !($0.remedy ?? "").isEmpty })
  }
}

struct DNSQueryTests {
  private let query = DNSQuery(id: 0x1234)

  @Test func theQuestionIsForTheRootsServers() {
    #expect(query.bytes == [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
  }

  @Test func onlyAnAnswerToItIsOne() {
    let answer: [UInt8] = [0x12, 0x34, 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0]
    #expect(query.code(of: answer) == 2)
    #expect(query.code(of: query.bytes) == nil)
    #expect(query.code(of: [0x12, 0x35] + answer.dropFirst(2)) == nil)
    for length in 0..<12 { #expect(query.code(of: Array(answer.prefix(length))) == nil) }
  }

  @Test func resolvConfNamesAtMostThree() {
    let text =
      "# nameserver 9.9.9.9\nsearch lan\nnameserver\t192.0.2.1\nnameserver\nnameserver fe80::1%eth0 x\n"
    #expect(ResolverList.servers(text) == ["192.0.2.1", "fe80::1%eth0"])
    #expect(ResolverList.servers(String(repeating: "nameserver 1.1.1.1\n", count: 9)).count == 3)
  }

  @Test func aServerThatIsNotThereIsSilentOrFails() {
    let answer = DNSProbe.ask("127.255.255.250", patience: .milliseconds(200))
    #expect(answer == .silent || answer == .failed("connection refused"))
    #expect(DNSProbe.ask("localhost") == .failed("is no address"))
  }
}
