import Testing
import WherryModel
import WherryRPC
import WherryWire

/// A peer across a network that falls silent.
struct KeepaliveTests {
  private static func bench() -> Bench {
    var settings = Bench.settings
    settings.keepalive = Keepalive.Timing(interval: .seconds(30), timeout: .seconds(90))
    var bench = Bench(side: .dialler, settings)
    _ = bench.receive(Bench.hello())
    return bench
  }

  @Test
  func aSilentPeerIsAskedAndThenGivenUp() {
    var bench = Self.bench()
    _ = bench.call()
    #expect(bench.machine.nextDeadline == bench.now + .seconds(30))
    #expect(Describe.actions(bench.pass(.seconds(29))) == "-")
    #expect(Describe.actions(bench.pass(.seconds(1))) == "send ping 1")
    #expect(Describe.actions(bench.pass(.seconds(89))) == "-")
    #expect(
      Describe.actions(bench.pass(.seconds(1)))
        == "send going-away 0; finish 1 unavailable; resume 1; close unavailable")
  }

  @Test
  func whateverThePeerSaysShowsThatItLives() {
    var bench = Self.bench()
    _ = bench.call()
    _ = bench.pass(.seconds(20))
    _ = bench.receive(.credit(.theirs, bytes: 1))
    #expect(Describe.actions(bench.pass(.seconds(20))) == "-")
    #expect(Describe.actions(bench.pass(.seconds(10))) == "send ping 1")
    #expect(Describe.actions(bench.receive(.pong(1))) == "-")
    #expect(Describe.actions(bench.pass(.seconds(29))) == "-")
    #expect(Describe.actions(bench.pass(.seconds(1))) == "send ping 2")
  }

  @Test
  func withoutACallThePeerIsLeftInPeace() {
    var bench = Self.bench()
    _ = bench.call()
    _ = bench.receive(.response(.theirs, result: item(1)))
    #expect(bench.machine.nextDeadline == bench.now + .seconds(600))
    #expect(Describe.actions(bench.pass(.seconds(500))) == "-")
    // The time before the call does not count.
    _ = bench.call()
    #expect(bench.machine.nextDeadline == bench.now + .seconds(30))
  }

  @Test
  func aLocalPeerIsNeverAsked() {
    var bench = Bench(side: .dialler)
    _ = bench.receive(Bench.hello())
    _ = bench.call()
    #expect(bench.machine.nextDeadline == nil)
  }
}
