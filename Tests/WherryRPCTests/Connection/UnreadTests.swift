import Testing
import WherryModel
import WherryRPC
import WherryWire

/// What a peer may make us keep for its calls.
struct UnreadTests {
  private static func stream(_ number: UInt64) -> StreamID { StreamID(rawValue: number) }

  @Test
  func theCallThatBringsMoreThanAConnectionKeepsIsRefused() {
    var settings = Bench.settings
    settings.maximumUnread = 150
    var bench = Bench(settings)
    _ = bench.receive(Bench.hello())
    for number: UInt64 in [1, 3, 5] { _ = bench.serve(number) }
    // Five items of 20 bytes use one stream's window up.
    for number: UInt64 in [1, 3] {
      for _ in 0..<(number == 1 ? 5 : 2) {
        #expect(
          Describe.actions(bench.receive(.item(Self.stream(number), value: item(20)))) == "deliver \(number)")
      }
    }
    #expect(
      Describe.actions(bench.receive(.item(Self.stream(5), value: item(20))))
        == "send error 5 resource-exhausted; cancel handler 5; resume 5")
    // The others are served on, and once they have read, so is the next.
    _ = bench.machine.itemsConsumed(.theirs, 100, now: bench.now)
    _ = bench.serve(7)
    #expect(Describe.actions(bench.receive(.item(Self.stream(7), value: item(20)))) == "deliver 7")
    #expect(Describe.actions(bench.receive(.item(Self.stream(5), value: item(20)))) == "-")
    #expect(
      Describe.actions(bench.machine.callAnswered(Self.stream(5), .success(item(1)), now: bench.now)) == "-")
  }

  @Test
  func aMethodWithoutItemsHasNoCreditForThem() {
    var bench = Bench()
    _ = bench.receive(Bench.hello())
    _ = bench.receive(
      .request(.theirs, method: RPCMethod.containerLogs.number, params: [0xa0], deadline: nil))
    #expect(Describe.actions(bench.receive(.item(.theirs, value: item(1)))).hasSuffix("protocol-violation"))
  }

  @Test
  func aCalleeMayNotSendItemsThatItsMethodHasNot() {
    var bench = Bench(side: .dialler)
    _ = bench.receive(Bench.hello())
    _ = bench.machine.callRequested(
      RPCMethod.containerList.number, params: [0xa0], deadline: nil, now: bench.now)
    #expect(Describe.actions(bench.receive(.item(.theirs, value: item(1)))).hasSuffix("protocol-violation"))
  }
}
