import WherryModel
import WherryRPC
import WherryWire

/// Every state a connection can be in, and every event, by name.
enum MachineTable {
  typealias Arrange = @Sendable (inout Bench) -> Void
  typealias Event = @Sendable (inout Bench) -> String

  static let states: [(String, Arrange)] = [
    ("greeting", { _ in }),
    ("greeting, call waits", { _ = $0.call() }),
    (
      "greeting, ended call waits",
      {
        _ = $0.call()
        _ = $0.machine.itemsEnded(.ours, now: $0.now)
      }
    ),
    ("open", { _ = $0.receive(Bench.hello()) }),
    ("calling", { calling(&$0) }),
    (
      "calling, input ended",
      {
        calling(&$0)
        _ = $0.machine.itemsEnded(.ours, now: $0.now)
      }
    ),
    (
      "calling, abandoned",
      {
        calling(&$0)
        _ = $0.machine.callCancelled(.ours, now: $0.now)
      }
    ),
    (
      "calling, answered",
      {
        calling(&$0)
        _ = $0.receive(.response(.ours, result: item(1)))
      }
    ),
    (
      "calling, others wait",
      {
        calling(&$0)
        for _ in 0..<2 { _ = $0.call() }
      }
    ),
    ("serving", { serving(&$0) }),
    (
      "serving, output ended",
      {
        serving(&$0)
        _ = $0.machine.itemsEnded(.theirs, now: $0.now)
      }
    ),
    (
      "serving, input ended",
      {
        serving(&$0)
        _ = $0.receive(.end(.theirs))
      }
    ),
    (
      "serving, cancelled",
      {
        serving(&$0)
        _ = $0.receive(.cancel(.theirs))
      }
    ),
    (
      "serving, expired",
      {
        _ = $0.receive(Bench.hello())
        _ = $0.serve(1, deadline: 1000)
        _ = $0.pass(.seconds(1))
      }
    ),
    (
      "serving, answered",
      {
        serving(&$0)
        _ = $0.machine.callAnswered(.theirs, .success(item(1)), now: $0.now)
      }
    ),
    (
      "leaving",
      {
        _ = $0.receive(Bench.hello())
        _ = $0.machine.leaveRequested("idle", now: $0.now)
      }
    ),
    (
      "leaving, serving",
      {
        serving(&$0)
        _ = $0.machine.leaveRequested("idle", now: $0.now)
      }
    ),
    (
      "peer leaving, serving",
      {
        serving(&$0)
        _ = $0.receive(.goingAway(lastStream: .none, reason: "idle"))
      }
    ),
    ("closed", { _ = $0.machine.transportClosed(WherryError(.unavailable, "gone")) }),
  ]

  private static func calling(_ bench: inout Bench) {
    _ = bench.receive(Bench.hello())
    _ = bench.call(deadline: .seconds(60))
  }

  private static func serving(_ bench: inout Bench) {
    _ = bench.receive(Bench.hello())
    _ = bench.serve(1, deadline: 60_000)
  }

  private static func received(_ message: Message) -> Event {
    { Describe.actions($0.receive(message)) }
  }

  private static func repeated(
    _ count: Int, _ event: () -> [ConnectionAction]
  ) -> [ConnectionAction] {
    (0..<count).flatMap { _ in event() }
  }

  private static let unopened = StreamID(rawValue: 1000)
  private static let theirUnopened = StreamID(rawValue: 1001)
  private static let failure = WherryError(.cancelled, "stopped")

  static let peerEvents: [(String, Event)] = [
    ("hello", received(Bench.hello())),
    ("request 3", received(.request(StreamID(rawValue: 3), method: 9, params: item(1), deadline: nil))),
    (
      "request 3 too late", received(.request(StreamID(rawValue: 3), method: 9, params: item(1), deadline: 0))
    ),
    ("request 1", received(.request(.theirs, method: 9, params: item(1), deadline: nil))),
    ("request 2", received(.request(.ours, method: 9, params: item(1), deadline: nil))),
    ("request 0", received(.request(.none, method: 9, params: item(1), deadline: nil))),
    ("response 2", received(.response(.ours, result: item(1)))),
    ("response 1", received(.response(.theirs, result: item(1)))),
    ("response 1000", received(.response(unopened, result: item(1)))),
    ("error 2", received(.error(.ours, ErrorBody(code: .notFound, message: "no")))),
    ("error 1000", received(.error(unopened, ErrorBody(code: .notFound, message: "no")))),
    ("item 2", received(.item(.ours, value: item(10)))),
    ("item 1", received(.item(.theirs, value: item(10)))),
    (
      "item 1 over credit",
      { bench in
        let items = repeated(4) { bench.receive(.item(.theirs, value: item(24))) }
        return Describe.actions(items + bench.receive(.item(.theirs, value: item(5))))
      }
    ),
    (
      "item 2 over credit",
      { bench in
        let items = repeated(4) { bench.receive(.item(.ours, value: item(24))) }
        return Describe.actions(items + bench.receive(.item(.ours, value: item(5))))
      }
    ),
    ("item 1000", received(.item(unopened, value: item(10)))),
    ("item 1001", received(.item(theirUnopened, value: item(10)))),
    ("item 0", received(.item(.none, value: item(10)))),
    ("end 2", received(.end(.ours))),
    ("end 1", received(.end(.theirs))),
    (
      "end 1 twice",
      { bench in
        let end = bench.receive(.end(.theirs))
        return Describe.actions(end + bench.receive(.end(.theirs)))
      }
    ),
    ("end 1001", received(.end(theirUnopened))),
    ("cancel 1", received(.cancel(.theirs))),
    ("cancel 2", received(.cancel(.ours))),
    ("cancel 1001", received(.cancel(theirUnopened))),
    ("credit 2", received(.credit(.ours, bytes: 10))),
    ("credit 1", received(.credit(.theirs, bytes: 10))),
    ("credit 1 without end", received(.credit(.theirs, bytes: .max))),
    ("credit 1000", received(.credit(unopened, bytes: 10))),
    ("ping", received(.ping(5))),
    ("pong", received(.pong(5))),
    ("going away, all served", received(.goingAway(lastStream: unopened, reason: "bye"))),
    ("going away, none served", received(.goingAway(lastStream: .none, reason: "bye"))),
    ("garbage", { Describe.actions($0.machine.frameReceived([0xff], now: $0.now)) }),
    ("no frame", { Describe.actions($0.machine.framingFailed(.indefiniteLength)) }),
    ("transport closed", { Describe.actions($0.machine.transportClosed(WherryError(.unavailable, "gone"))) }),
  ]

  static let ownEvents: [(String, Event)] = [
    (
      "call requested, ended at once",
      { bench in
        let call = bench.machine.callRequested(7, params: item(1), deadline: nil, now: bench.now)
        let end = call.stream.map { bench.machine.itemsEnded($0, now: bench.now) } ?? []
        return Describe.actions(call.actions + end)
      }
    ),
    ("call requested", { Describe.actions($0.call()) }),
    ("call 2 cancelled", { Describe.actions($0.machine.callCancelled(.ours, now: $0.now)) }),
    (
      "call 1 answered",
      {
        Describe.actions($0.machine.callAnswered(.theirs, .success(item(1)), now: $0.now))
      }
    ),
    (
      "call 1 failed",
      {
        Describe.actions($0.machine.callAnswered(.theirs, .failure(failure), now: $0.now))
      }
    ),
    ("item offered on 2", { Describe.outcome($0.machine.itemOffered(.ours, item(10))) }),
    ("item offered on 1", { Describe.outcome($0.machine.itemOffered(.theirs, item(10))) }),
    (
      "items offered on 2",
      { bench in
        for _ in 0..<2 { _ = bench.machine.itemOffered(.ours, item(19)) }
        return Describe.outcome(bench.machine.itemOffered(.ours, item(3)))
      }
    ),
    ("large item offered on 1", { Describe.outcome($0.machine.itemOffered(.theirs, item(21))) }),
    ("items ended on 2", { Describe.actions($0.machine.itemsEnded(.ours, now: $0.now)) }),
    ("items ended on 1", { Describe.actions($0.machine.itemsEnded(.theirs, now: $0.now)) }),
    (
      "items consumed on 1",
      { bench in
        let items = repeated(3) { bench.receive(.item(.theirs, value: item(20))) }
        return Describe.actions(items + bench.machine.itemsConsumed(.theirs, 60, now: bench.now))
      }
    ),
    (
      "items consumed on 2",
      { bench in
        let items = repeated(3) { bench.receive(.item(.ours, value: item(20))) }
        return Describe.actions(items + bench.machine.itemsConsumed(.ours, 60, now: bench.now))
      }
    ),
    ("ping requested", { Describe.actions($0.machine.pingRequested()?.actions ?? []) }),
    ("leave requested", { Describe.actions($0.machine.leaveRequested("idle", now: $0.now)) }),
    ("close requested", { Describe.actions($0.machine.closeRequested("enough")) }),
    ("time passes: 4 s", { Describe.actions($0.pass(.seconds(4))) }),
    ("time passes: 60 s", { Describe.actions($0.pass(.seconds(60))) }),
    ("time passes: 600 s", { Describe.actions($0.pass(.seconds(600))) }),
  ]

  /// One line for each state and event: what happens, and where that leaves the machine.
  static func outcomes() -> [String] {
    states.flatMap { state, arrange in
      (peerEvents + ownEvents).map { name, event in
        var bench = Bench()
        arrange(&bench)
        let outcome = event(&bench)
        let isClosed = bench.machine.isClosed
        return
          "\(state) | \(name) | \(outcome) | \(isClosed ? "closed" : "open, \(bench.machine.activeCalls) calls")"
      }
    }
  }
}
