import Testing

@testable import WherryRegistry

@Suite struct BoundsTests {
  @Test func oneByteNowAndThenIsTooSlow() {
    var pace = BodyPace(patience: 60)
    let first = pace.came(1, after: 59)
    #expect(first)
    #expect(!pace.isTooSlow(after: 1))
    #expect(pace.isTooSlow(after: 2))
    let second = pace.came(1, after: 59)
    #expect(!second)
  }

  @Test func aSlowLinkIsFastEnough() {
    var pace = BodyPace(patience: 60)
    for _ in 0..<1000 {
      let isFast = pace.came(4096, after: 14)
      #expect(isFast)
    }
    // What we were slow to take does not count.
    for _ in 0..<1000 {
      let isFast = pace.came(1, after: 0)
      #expect(isFast)
    }
  }

  @Test func aThirdWaitsForASeat() async {
    let seats = Seats(2)
    var first: Seat? = await seats.take()
    let second = await seats.take()
    #expect(seats.free == 0)
    async let third = seats.take()
    #expect(first != nil)
    first = nil
    let taken = await third
    #expect(seats.free == 0)
    withExtendedLifetime((second, taken)) {}
  }

  @Test func theReserveIsAPartOfTheFileSystem() throws {
    #expect(SpaceReserve.bytes(total: 1 << 30) == 64 << 20)
    #expect(SpaceReserve.bytes(total: 100 << 30) == 1 << 30)
    #expect(throws: RegistryProblem.self) { try SpaceReserve.check("/tmp", for: .max) }
    try SpaceReserve.check("/tmp", for: 0)
  }
}
