import Testing
import WherryModel
import WherryPlugins

/// Each state with each event, and the ways through them. Links are numbers, waiters letters.
struct PluginMachineTests {
  typealias Machine = PluginMachine<Int, Character>

  /// What a machine asked for, in words.
  private static func words(_ actions: [Machine.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .start(let attempt): "start \(attempt)"
      case .stop(let link): "stop \(link)"
      case .resume(let waiters, .success(let link)): "\(String(waiters)) has \(link)"
      case .resume(let waiters, .failure(let error)): "\(String(waiters)) fails: \(error.message)"
      }
    }
  }

  private static let began = ContinuousClock.now
  private static let broken = WherryError(.unavailable, "broken")

  private static func at(_ seconds: Double) -> ContinuousClock.Instant { began + .seconds(seconds) }

  enum Event: CaseIterable {
    case call, described, startFailed, lost, deadline, replaced, close
  }

  enum Start: CaseIterable {
    case idle, starting, ready, failed, closed

    /// A machine in that state; its attempt is the first.
    var machine: Machine {
      var machine = Machine(name: "p")
      if self == .idle { return machine }
      if self == .closed {
        _ = machine.closeRequested()
        return machine
      }
      _ = machine.callRequested("a", now: began)
      if self == .ready { _ = machine.described(attempt: 1, 7, now: began) }
      if self == .failed { _ = machine.startFailed(attempt: 1, broken, now: began) }
      return machine
    }
  }

  private static func apply(_ event: Event, _ machine: inout Machine, attempt: UInt64 = 1) -> [String] {
    let now = at(0.5)
    let actions =
      switch event {
      case .call: machine.callRequested("b", now: now)
      case .described: machine.described(attempt: attempt, 8, now: now)
      case .startFailed: machine.startFailed(attempt: attempt, broken, now: now)
      case .lost: machine.linkLost(attempt: attempt, broken, now: now)
      case .deadline: machine.deadlineMissed(attempt: attempt, broken, now: now)
      case .replaced: machine.replaced(attempt: attempt)
      case .close: machine.closeRequested()
      }
    return words(actions)
  }

  private static func name(_ machine: Machine) -> Start {
    switch machine.state {
    case .idle: .idle
    case .starting: .starting
    case .ready: .ready
    case .failed: .failed
    case .closed: .closed
    }
  }

  static let table: [(Start, Event, [String], Start)] = [
    (.idle, .call, ["start 1"], .starting),
    (.idle, .described, ["stop 8"], .idle),
    (.idle, .startFailed, [], .idle),
    (.idle, .lost, [], .idle),
    (.idle, .deadline, [], .idle),
    (.idle, .replaced, [], .idle),
    (.idle, .close, [], .closed),
    (.starting, .call, [], .starting),
    (.starting, .described, ["a has 8"], .ready),
    (.starting, .startFailed, ["a fails: broken"], .failed),
    (.starting, .lost, [], .starting),
    (.starting, .deadline, [], .starting),
    (.starting, .replaced, [], .starting),
    (.starting, .close, ["a fails: plugin p: the daemon is ending"], .closed),
    (.ready, .call, ["b has 7"], .ready),
    (.ready, .described, ["stop 8"], .ready),
    (.ready, .startFailed, [], .ready),
    (.ready, .lost, ["stop 7"], .failed),
    (.ready, .deadline, ["stop 7"], .failed),
    (.ready, .replaced, ["stop 7"], .idle),
    (.ready, .close, ["stop 7"], .closed),
    (.failed, .call, ["b fails: broken"], .failed),
    (.failed, .described, ["stop 8"], .failed),
    (.failed, .startFailed, [], .failed),
    (.failed, .lost, [], .failed),
    (.failed, .deadline, [], .failed),
    (.failed, .replaced, [], .failed),
    (.failed, .close, [], .closed),
    (.closed, .call, ["b fails: plugin p: the daemon is ending"], .closed),
    (.closed, .described, ["stop 8"], .closed),
    (.closed, .startFailed, [], .closed),
    (.closed, .lost, [], .closed),
    (.closed, .deadline, [], .closed),
    (.closed, .replaced, [], .closed),
    (.closed, .close, [], .closed),
  ]

  @Test(arguments: table.indices)
  func everyEventInEveryState(place: Int) {
    let (start, event, wanted, end) = Self.table[place]
    var machine = start.machine
    #expect(Self.apply(event, &machine) == wanted, "\(start) \(event)")
    #expect(Self.name(machine) == end, "\(start) \(event)")
  }

  @Test func theTableIsWhole() {
    #expect(Self.table.count == Start.allCases.count * Event.allCases.count)
  }

  @Test func whatAnEarlierAttemptSaysChangesNothing() {
    for start in [Start.starting, .ready] {
      for event in [Event.startFailed, .lost, .deadline, .replaced] {
        var machine = start.machine
        #expect(Self.apply(event, &machine, attempt: 9) == [], "\(start) \(event)")
        #expect(Self.name(machine) == start)
      }
      var machine = start.machine
      #expect(Self.apply(.described, &machine, attempt: 9) == ["stop 8"])
    }
  }

  @Test func callsThatComeWhileItStartsAllGetIt() {
    var machine = Start.starting.machine
    for waiter in "bcd" { #expect(machine.callRequested(waiter, now: Self.began).isEmpty) }
    #expect(Self.words(machine.described(attempt: 1, 7, now: Self.began)) == ["abcd has 7"])
  }

  @Test func tooManyThatWaitAreRefused() {
    var machine = Machine(name: "p")
    var started = 0
    for _ in 0..<Machine.maximumWaiting {
      started += machine.callRequested("a", now: Self.began).count
    }
    #expect(started == 1)
    let words = Self.words(machine.callRequested("z", now: Self.began))
    #expect(words == ["z fails: plugin p: 256 calls wait for it already"])
    guard case .resume(let all, _)? = machine.startFailed(attempt: 1, Self.broken, now: Self.began).first
    else {
      Issue.record("who waited was not told")
      return
    }
    #expect(all.count == Machine.maximumWaiting)
  }

  @Test func oneThatFailedIsTriedAgainAfterAPause() {
    var machine = Start.failed.machine
    #expect(Self.words(machine.callRequested("b", now: Self.at(0.99))) == ["b fails: broken"])
    #expect(Self.words(machine.callRequested("c", now: Self.at(1))) == ["start 2"])
  }

  @Test func oneThatLeavesAfterAWhileIsStartedAgainAtOnce() {
    var machine = Start.ready.machine
    #expect(Self.words(machine.linkLost(attempt: 1, Self.broken, now: Self.at(5))) == ["stop 7"])
    #expect(Self.words(machine.callRequested("b", now: Self.at(5))) == ["start 2"])
  }
}
