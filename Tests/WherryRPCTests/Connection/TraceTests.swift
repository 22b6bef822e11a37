import Testing
import WherryModel
import WherryRPC
import WherryWire

/// Whole conversations, event by event.
struct TraceTests {
  @Test
  func aUnaryCall() {
    var bench = Bench(side: .dialler)
    #expect(Describe.actions(bench.machine.connected()) == "send hello")
    #expect(Describe.actions(bench.call(deadline: .seconds(3))) == "-")
    #expect(
      Describe.actions(bench.receive(Bench.hello())) == "raise limit; send request 1 7 in 3001; resume 1")
    #expect(Describe.actions(bench.receive(.response(.theirs, result: item(1)))) == "finish 1 ok; resume 1")
    #expect(bench.machine.activeCalls == 0)
  }

  @Test
  func waitingCallsStartInOrderAsOthersEnd() {
    var bench = Bench(side: .dialler)
    for _ in 0..<4 { _ = bench.call() }
    #expect(
      Describe.actions(bench.receive(Bench.hello(streams: 2)))
        == "raise limit; send request 1 7; resume 1; send request 3 7; resume 3")
    #expect(
      Describe.actions(bench.receive(.response(StreamID(rawValue: 3), result: item(1))))
        == "finish 3 ok; resume 3; send request 5 7; resume 5")
    // One that is cancelled keeps its place at the peer until the peer has answered.
    #expect(
      Describe.actions(bench.machine.callCancelled(.theirs, now: bench.now))
        == "send cancel 1; finish 1 cancelled; resume 1")
    #expect(
      Describe.actions(bench.receive(.error(.theirs, ErrorBody(code: .cancelled, message: "x"))))
        == "send request 7 7; resume 7")
  }

  @Test
  func aWaitingCallThatIsCancelledIsNeverSent() {
    var bench = Bench(side: .dialler)
    for _ in 0..<2 { _ = bench.call() }
    #expect(
      Describe.actions(bench.machine.callCancelled(.theirs, now: bench.now)) == "finish 1 cancelled; resume 1"
    )
    #expect(Describe.actions(bench.receive(Bench.hello())) == "raise limit; send request 3 7; resume 3")
  }

  /// Input that ended before the peer's hello, and while the peer had no room.
  @Test
  func theEndOfAWaitingCallsInputIsSentAfterIt() {
    var bench = Bench(side: .dialler)
    _ = bench.call()
    _ = bench.call()
    #expect(Describe.actions(bench.machine.itemsEnded(.theirs, now: bench.now)) == "-")
    #expect(
      Describe.actions(bench.receive(Bench.hello(streams: 1)))
        == "raise limit; send request 1 7; resume 1; send end 1")
    let next = StreamID(rawValue: 3)
    #expect(Describe.actions(bench.machine.itemsEnded(next, now: bench.now)) == "-")
    #expect(
      Describe.actions(bench.receive(.response(.theirs, result: item(1))))
        == "finish 1 ok; resume 1; send request 3 7; resume 3; send end 3")
    #expect(Describe.outcome(bench.machine.itemOffered(next, item(1))) == "refused cancelled")
  }

  @Test
  func aWaitingCallTimesOut() {
    var bench = Bench(side: .dialler)
    _ = bench.call(deadline: .seconds(1))
    #expect(bench.machine.nextDeadline == bench.now + .seconds(1))
    #expect(Describe.actions(bench.pass(.seconds(1))) == "finish 1 deadline-exceeded; resume 1")
    #expect(bench.machine.nextDeadline == Bench.start + .seconds(45))
  }

  @Test
  func creditIsSpentAndGrantedInHalves() {
    var bench = Bench(side: .dialler)
    _ = bench.receive(Bench.hello(credit: 40))
    _ = bench.call()
    #expect(Describe.outcome(bench.machine.itemOffered(.theirs, item(20))) == "send item 1")
    #expect(Describe.outcome(bench.machine.itemOffered(.theirs, item(20))) == "send item 1")
    #expect(Describe.outcome(bench.machine.itemOffered(.theirs, item(1))) == "wait")
    #expect(Describe.actions(bench.receive(.credit(.theirs, bytes: 20))) == "resume 1")
    #expect(Describe.outcome(bench.machine.itemOffered(.theirs, item(20))) == "send item 1")
    // Our own window has 100 bytes; what is read is granted once it is half of that.
    for _ in 0..<5 { _ = bench.receive(.item(.theirs, value: item(20))) }
    #expect(Describe.actions(bench.machine.itemsConsumed(.theirs, 40, now: bench.now)) == "-")
    #expect(Describe.actions(bench.machine.itemsConsumed(.theirs, 20, now: bench.now)) == "send credit 1 60")
    for _ in 0..<3 {
      #expect(Describe.actions(bench.receive(.item(.theirs, value: item(20)))) == "deliver 1")
    }
    #expect(Describe.actions(bench.receive(.item(.theirs, value: item(1)))).hasSuffix("protocol-violation"))
  }

  @Test
  func aFarewellThatCrossesARequestMakesItSafeToRepeat() {
    var bench = Bench(side: .dialler)
    _ = bench.receive(Bench.hello())
    _ = bench.call()
    _ = bench.call()
    #expect(
      Describe.actions(bench.receive(.goingAway(lastStream: .theirs, reason: "idle")))
        == "finish 3 unavailable!; resume 3")
    #expect(
      Describe.actions(bench.receive(.response(.theirs, result: item(1))))
        == "finish 1 ok; resume 1; close unavailable")
  }

  @Test
  func aSideThatLeavesServesNothingNewAndClosesAfterAGrace() {
    var bench = Bench()
    _ = bench.receive(Bench.hello())
    _ = bench.serve(1)
    #expect(Describe.actions(bench.machine.leaveRequested("idle", now: bench.now)) == "send going-away 1")
    #expect(Describe.actions(bench.serve(3)) == "-")
    #expect(bench.machine.nextDeadline == nil)
    _ = bench.machine.callAnswered(.theirs, .success(item(1)), now: bench.now)
    #expect(bench.machine.nextDeadline == bench.now + .seconds(5))
    #expect(Describe.actions(bench.pass(.seconds(5))) == "send going-away 1; close unavailable")
  }

  @Test
  func aNewerPeerIsSpokenToInTheCommonVersion() throws {
    var bench = Bench()
    #expect(Describe.actions(bench.receive(Bench.hello(version: 7, minimum: 1))) == "raise limit")
    #expect(bench.machine.peer?.version == 1)
  }

  @Test
  func whatAPeerSaysInsteadOfHelloIsPassedOn() {
    var bench = Bench(side: .dialler)
    _ = bench.call()
    let actions = bench.receive(.goingAway(lastStream: .none, reason: "uid 33 may not use this socket"))
    guard case .finishCall(_, .failure(let error)) = actions.first else {
      Issue.record("the call goes on")
      return
    }
    #expect(error.message.contains("uid 33 may not use this socket"))
  }

  @Test
  func anAnswerLargerThanThePeerTakesFailsThatCallOnly() {
    var bench = Bench()
    _ = bench.receive(Bench.hello(frame: 4096))
    _ = bench.serve(1)
    _ = bench.serve(3)
    let large = [0x59, 0x20, 0x00] + [UInt8](repeating: 0, count: 8192)
    #expect(
      Describe.actions(bench.machine.callAnswered(.theirs, .success(large), now: bench.now))
        == "send error 1 resource-exhausted; resume 1")
    let wordy = WherryError(.internal, String(repeating: "x", count: 8192))
    #expect(
      Describe.actions(bench.machine.callAnswered(StreamID(rawValue: 3), .failure(wordy), now: bench.now))
        == "send error 3 resource-exhausted; resume 3")
  }

  @Test
  func deadlinesOfAnySizeAreTaken() {
    var bench = Bench()
    _ = bench.receive(Bench.hello())
    #expect(Describe.actions(bench.serve(1, deadline: .max)) == "start 1 method 9")
    var caller = Bench(side: .dialler)
    _ = caller.receive(Bench.hello())
    #expect(
      Describe.actions(caller.call(deadline: .seconds(Int64.max / 2))).hasPrefix("send request 1 7 in "))
  }
}
