import Testing

@testable import WherryRegistry

@Suite struct FetchMachineTests {
  private static let problem = RegistryProblem(502, .unknown, "gone")
  private static let large: UInt64 = 100 << 20

  private static let asking = machine { _ in }
  private static let begun = machine { _ = $0.sizeFound(large) }
  private static let most = machine {
    _ = $0.sizeFound(large)
    _ = $0.bytesKept(60 << 20)
  }
  private static let whole = machine {
    _ = $0.sizeFound(large)
    _ = $0.bytesKept(Int(large))
  }
  private static let kept = machine {
    _ = $0.sizeFound(large)
    _ = $0.bytesKept(Int(large))
    $0.verified()
  }
  private static let failed = machine { $0.failed(problem) }
  private static let abandoned = machine { $0.readerLeft() }

  /// With one reader.
  private static func machine(_ body: (inout FetchMachine) -> Void) -> FetchMachine {
    var machine = FetchMachine()
    _ = machine.readerJoined()
    body(&machine)
    return machine
  }

  @Test func aTrace() {
    var machine = FetchMachine()
    var goesOn = machine.readerJoined()
    #expect(goesOn)
    #expect(machine.outlook(at: 0) == .wait)
    #expect(machine.size == nil)
    goesOn = machine.sizeFound(10)
    #expect(goesOn)
    #expect(machine.outlook(at: 0) == .wait)
    goesOn = machine.bytesKept(4)
    #expect(goesOn)
    #expect(machine.outlook(at: 0) == .readable(to: 4))
    #expect(machine.outlook(at: 4) == .wait)
    goesOn = machine.bytesKept(6)
    #expect(goesOn)
    // The last byte waits for the digest.
    #expect(machine.outlook(at: 4) == .readable(to: 9))
    #expect(machine.outlook(at: 9) == .wait)
    #expect(!machine.isOver)
    machine.verified()
    #expect(machine.outlook(at: 9) == .readable(to: 10))
    #expect(machine.isOver)
  }

  @Test func everyStateMeetsEveryEvent() {
    let states = [
      Self.asking, Self.begun, Self.most, Self.whole, Self.kept, Self.failed, Self.abandoned,
    ]
    // joined, left, size, bytes, verified, failed
    let results: [[FetchMachine.State]] = [
      [.asking, .abandoned, .fetching(size: 1, received: 0), .asking, .asking, .failed(Self.problem)],
      [
        .fetching(size: Self.large, received: 0), .abandoned, .fetching(size: Self.large, received: 0),
        .fetching(size: Self.large, received: 1), .fetching(size: Self.large, received: 0),
        .failed(Self.problem),
      ],
      [
        .fetching(size: Self.large, received: 60 << 20), .fetching(size: Self.large, received: 60 << 20),
        .fetching(size: Self.large, received: 60 << 20), .fetching(size: Self.large, received: 60 << 20 + 1),
        .fetching(size: Self.large, received: 60 << 20), .failed(Self.problem),
      ],
      [
        .fetching(size: Self.large, received: Self.large), .fetching(size: Self.large, received: Self.large),
        .fetching(size: Self.large, received: Self.large), .failed(Self.tooMany), .kept(size: Self.large),
        .failed(Self.problem),
      ],
      Array(repeating: .kept(size: Self.large), count: 6),
      Array(repeating: .failed(Self.problem), count: 6),
      Array(repeating: .abandoned, count: 6),
    ]
    for (state, expected) in zip(states, results) {
      let events: [(inout FetchMachine) -> Void] = [
        { _ = $0.readerJoined() }, { $0.readerLeft() }, { _ = $0.sizeFound(1) }, { _ = $0.bytesKept(1) },
        { $0.verified() }, { $0.failed(Self.problem) },
      ]
      for (event, result) in zip(events, expected) {
        var machine = state
        event(&machine)
        #expect(machine.state == result)
      }
    }
  }

  private static let tooMany = RegistryProblem(502, .unknown, "upstream sent more than \(large) bytes")

  @Test func whoComesTooLateBeginsAgain() {
    for var machine in [Self.failed, Self.abandoned] {
      let joined = machine.readerJoined()
      #expect(!joined)
      #expect(machine.outlook(at: 0) != .wait)
    }
    var kept = Self.kept
    let joined = kept.readerJoined()
    #expect(joined)
  }

  @Test func onlyTheLastReaderGivesItUp() {
    var machine = Self.begun
    _ = machine.readerJoined()
    machine.readerLeft()
    #expect(!machine.isOver)
    machine.readerLeft()
    #expect(machine.state == .abandoned)
  }

  @Test func whatIsSmallIsFinishedWithoutReaders() {
    var machine = FetchMachine()
    _ = machine.readerJoined()
    _ = machine.sizeFound(FetchMachine.worthFinishing)
    machine.readerLeft()
    #expect(machine.state == .fetching(size: FetchMachine.worthFinishing, received: 0))
    machine.readerLeft()
    #expect(machine.readers == 0)
  }

  @Test func nothingOverflows() {
    var machine = FetchMachine()
    _ = machine.sizeFound(.max)
    let steps = [machine.bytesKept(.max), machine.bytesKept(.max), machine.bytesKept(.max)]
    #expect(steps == [true, true, false])
    var empty = FetchMachine()
    _ = empty.sizeFound(0)
    #expect(empty.outlook(at: 0) == .wait)
    empty.verified()
    #expect(empty.outlook(at: 0) == .readable(to: 0))
  }

  @Test func anUpstreamThatIsAwayIsLeftAloneForAWhile() {
    var health = UpstreamHealth()
    let now = ContinuousClock.now
    #expect(!health.isAway(now))
    health.failed(now)
    #expect(health.isAway(now))
    #expect(health.isAway(now + UpstreamHealth.pause - .seconds(1)))
    #expect(!health.isAway(now + UpstreamHealth.pause))
    health.answered()
    #expect(!health.isAway(now))
  }
}
