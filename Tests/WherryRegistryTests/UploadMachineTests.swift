import Testing
import WherryRegistry

@Suite struct UploadMachineTests {
  private var machine = UploadMachine(maximumSize: 100)

  private func problem(_ body: () throws(RegistryProblem) -> Void) -> RegistryProblem? {
    do throws(RegistryProblem) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test mutating func chunksInOrderAddUp() throws {
    var turn = try machine.begin(range: "0-9", length: 10)
    try machine.take(4, turn)
    try machine.take(6, turn)
    try machine.end(turn)
    #expect(machine.range == "0-9")
    turn = try machine.begin(range: "10-10", length: 1)
    try machine.take(1, turn)
    try machine.end(turn)
    #expect(machine.received == 11)
  }

  @Test mutating func aChunkOutOfOrderIsToldWhereToGoOn() throws {
    let turn = try machine.begin(range: nil, length: 10)
    try machine.take(10, turn)
    try machine.end(turn)
    for range in ["0-9", "9-12", "11-12"] {
      let problem = problem { () throws(RegistryProblem) in _ = try machine.begin(range: range, length: nil) }
      #expect(problem?.status == 416)
      #expect(problem?.headers == [RegistryHeader("Range", "0-9")])
    }
  }

  @Test mutating func whatWasKeptOfABrokenChunkIsGoneOnFrom() throws {
    let turn = try machine.begin(range: "0-49", length: 50)
    try machine.take(20, turn)
    let next = try machine.begin(range: "20-49", length: 30)
    // The connection before is dead, but does not know it yet.
    #expect(problem { () throws(RegistryProblem) in try machine.take(1, turn) }?.status == 409)
    try machine.take(30, next)
    try machine.end(next)
    #expect(machine.received == 50)
  }

  @Test mutating func bytesBeyondOrBelowWhatWasAnnouncedAreRefused() throws {
    var turn = try machine.begin(range: nil, length: 5)
    #expect(problem { () throws(RegistryProblem) in try machine.take(6, turn) }?.code == .sizeInvalid)
    try machine.take(4, turn)
    #expect(problem { () throws(RegistryProblem) in try machine.end(turn) }?.code == .sizeInvalid)
    #expect(machine.received == 4)
    turn = try machine.begin(range: "4-4", length: nil)
    try machine.take(1, turn)
    try machine.end(turn)
  }

  @Test mutating func noBlobIsLargerThanAllowed() throws {
    #expect(
      problem { () throws(RegistryProblem) in _ = try machine.begin(range: nil, length: 101) }?.status == 413)
    #expect(
      problem { () throws(RegistryProblem) in _ = try machine.begin(range: nil, length: .max) }?.status == 413
    )
    #expect(
      problem { () throws(RegistryProblem) in _ = try machine.begin(range: "0-100", length: nil) }?.status
        == 413)
    let turn = try machine.begin(range: nil, length: nil)
    try machine.take(100, turn)
    #expect(problem { () throws(RegistryProblem) in try machine.take(1, turn) }?.status == 413)
  }

  @Test(arguments: ["", "-", "0-", "-5", "5-4", "a-b", "0-99999999999999999999", "0-1-2", "+0-1", "0-1 "])
  mutating func aRangeThatIsNoneIsRefused(_ text: String) {
    let found = problem { () throws(RegistryProblem) in _ = try machine.begin(range: text, length: nil) }
    #expect(found?.status == 400)
  }

  @Test mutating func theTwoLengthsMustAgree() {
    let found = problem { () throws(RegistryProblem) in _ = try machine.begin(range: "0-4", length: 4) }
    #expect(found?.code == .sizeInvalid)
  }

  @Test func rangesOfBothSpecificationsAreUnderstood() {
    #expect(ContentRange("3-7")?.count == 5)
    #expect(ContentRange("bytes 3-7/*") == ContentRange("3-7"))
  }
}
