import Testing
import WherryEngine
import WherryModel
import WherryOCI
import WherryWire

struct HealthMachineTests {
  private static let second: UInt64 = 1_000_000_000

  private static func at(_ seconds: UInt64) -> Timestamp { Timestamp(nanoseconds: seconds * second) }

  private static func probe(_ code: Int64, _ seconds: UInt64) -> HealthProbe {
    HealthProbe(startedAt: at(seconds), endedAt: at(seconds), exitCode: code, output: "\(code)")
  }

  private static func plan(
    retries: UInt64 = 2, startPeriod: UInt64 = 0, action: HealthFailureAction = .none
  ) -> HealthPlan {
    var plan = HealthPlan()
    plan.interval = 10 * second
    plan.startInterval = 2 * second
    plan.startPeriod = startPeriod * second
    plan.retries = retries
    plan.action = action
    return plan
  }

  private static func state(_ actions: [HealthMachine.Action]) -> (HealthState?, UInt64?, due: Timestamp?) {
    var result: (HealthState?, UInt64?, due: Timestamp?)
    for action in actions {
      if case .persist(let record) = action {
        (result.0, result.1) = (record.health.state, record.health.failingStreak)
      }
      if case .probe(let time) = action { result.due = time }
    }
    return result
  }

  @Test func aTraceOfALife() {
    var machine = HealthMachine(Self.plan(action: .restart))
    #expect(Self.state(machine.handle(.started(at: Self.at(100)))) == (.starting, 0, due: Self.at(110)))
    let well = machine.handle(.probeEnded(Self.probe(0, 110)))
    #expect(Self.state(well) == (.healthy, 0, due: Self.at(120)))
    #expect(well.contains(.report(from: .starting, to: .healthy)))
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(1, 120)))) == (.healthy, 1, due: Self.at(130)))
    let sick = machine.handle(.probeEnded(Self.probe(-1, 130)))
    #expect(Self.state(sick) == (.unhealthy, 2, due: Self.at(140)))
    #expect(sick.contains(.report(from: .healthy, to: .unhealthy)))
    #expect(sick.contains(.act(.restart)))
    // Only the change is told; what was asked for is tried again.
    let still = machine.handle(.probeEnded(Self.probe(1, 140)))
    #expect(Self.state(still) == (.unhealthy, 3, due: Self.at(150)))
    #expect(still.contains(.act(.restart)))
    #expect(still.count == 3)
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(0, 150)))) == (.healthy, 0, due: Self.at(160)))
    #expect(machine.record?.health.log.map(\.exitCode) == [0, 1, -1, 1, 0])
    _ = machine.handle(.probeEnded(Self.probe(7, 160)))
    #expect(machine.record?.health.log.map(\.exitCode) == [1, -1, 1, 0, 7])
    #expect(machine.handle(.ended).isEmpty)
    #expect(machine.handle(.probeEnded(Self.probe(0, 170))).isEmpty)
  }

  @Test func failuresOfTheStartPeriodDoNotCount() {
    var machine = HealthMachine(Self.plan(retries: 1, startPeriod: 20))
    #expect(Self.state(machine.handle(.started(at: Self.at(0)))) == (.starting, 0, due: Self.at(2)))
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(1, 2)))) == (.starting, 0, due: Self.at(4)))
    #expect(machine.isStarting(at: Self.at(19)))
    #expect(!machine.isStarting(at: Self.at(20)))
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(1, 21)))) == (.unhealthy, 1, due: Self.at(31)))
  }

  @Test func aSuccessEndsTheStartPeriod() {
    var machine = HealthMachine(Self.plan(retries: 1, startPeriod: 20))
    _ = machine.handle(.started(at: Self.at(0)))
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(0, 2)))) == (.healthy, 0, due: Self.at(12)))
    #expect(Self.state(machine.handle(.probeEnded(Self.probe(1, 12)))) == (.unhealthy, 1, due: Self.at(22)))
  }

  /// State × event: what is next. Nil is a container that does not run.
  @Test(
    arguments: [
      (nil, 0, nil), (nil, 1, nil),
      (.starting, 0, .healthy), (.starting, 1, .unhealthy),
      (.healthy, 0, .healthy), (.healthy, 1, .unhealthy),
      (.unhealthy, 0, .healthy), (.unhealthy, 1, .unhealthy),
    ] as [(HealthState?, Int64, HealthState?)])
  func everyStateTakesEveryProbe(before: HealthState?, code: Int64, after: HealthState?) {
    let record = before.map {
      HealthRecord(startedAt: Self.at(1), health: Health(state: $0, failingStreak: 0, log: []))
    }
    var machine = HealthMachine(Self.plan(retries: 1), resuming: record)
    let actions = machine.handle(.probeEnded(Self.probe(code, 50)))
    #expect(machine.record?.health.state == after)
    let isTold = actions.contains { if case .report = $0 { true } else { false } }
    #expect(isTold == (before != after))
  }

  @Test func aRunThatIsKnownGoesOnAndAnotherBegins() {
    let record = HealthRecord(
      startedAt: Self.at(5), health: Health(state: .unhealthy, failingStreak: 4, log: [Self.probe(1, 30)]))
    var same = HealthMachine(Self.plan(), resuming: record)
    #expect(same.handle(.started(at: Self.at(5))) == [.probe(at: Self.at(40))])
    var other = HealthMachine(Self.plan(), resuming: record)
    #expect(Self.state(other.handle(.started(at: Self.at(35)))) == (.starting, 0, due: Self.at(45)))
  }

  @Test func theEndOfTimeIsNoTrap() {
    var plan = Self.plan(startPeriod: 1)
    plan.interval = .max
    plan.startPeriod = .max
    plan.startInterval = .max
    var machine = HealthMachine(plan)
    #expect(Self.state(machine.handle(.started(at: Timestamp(nanoseconds: .max)))).due?.nanoseconds == .max)
  }
}

struct HealthPlanTests {
  private let image = ImageConfiguration.Healthcheck(
    Test: ["CMD", "probe"], Interval: 7_000_000_000, Timeout: -3, StartPeriod: 0, Retries: 5)

  @Test func theRequestGoesOverTheImages() {
    #expect(HealthPlan.merged(nil, nil) == nil)
    #expect(
      HealthPlan.merged(nil, image)
        == HealthCheck(test: ["CMD", "probe"], interval: 7_000_000_000, retries: 5))
    #expect(
      HealthPlan.merged(HealthCheck(interval: 9), image)
        == HealthCheck(test: ["CMD", "probe"], interval: 9, retries: 5))
    #expect(HealthPlan.merged(HealthCheck(test: ["NONE"]), image)?.test == ["NONE"])
  }

  @Test func anImageCannotAskToBeProbedAllTheTime() {
    let hasty = ImageConfiguration.Healthcheck(
      Test: ["CMD", "probe"], Interval: 1_000_000, Timeout: 1_000_000, StartPeriod: 1_000_000, Retries: 1,
      StartInterval: 1_000_000)
    let merged = HealthPlan.merged(nil, hasty)
    #expect(merged?.interval == 1_000_000_000)
    #expect(merged?.startInterval == 1_000_000_000)
    #expect(merged?.timeout == 1_000_000)
    // Who runs it may.
    #expect(HealthPlan.merged(HealthCheck(interval: 1_000_000), hasty)?.interval == 1_000_000)
  }

  @Test func defaultsAreDockers() {
    var spec = ContainerSpec(image: "x")
    #expect(HealthPlan(spec) == nil)
    spec.healthCheck = HealthCheck(test: ["NONE"])
    #expect(HealthPlan(spec) == nil)
    spec.healthCheck = HealthCheck(test: ["CMD-SHELL", "true"])
    #expect(HealthPlan(spec) == HealthPlan())
    #expect(HealthPlan.command(HealthCheck(test: ["CMD-SHELL", "a b"])) == ["/bin/sh", "-c", "a b"])
    #expect(HealthPlan.command(HealthCheck(test: ["CMD", "a", "b"])) == ["a", "b"])
  }

  @Test(arguments: [
    HealthCheck(test: ["CMD"]), HealthCheck(test: ["BOGUS", "x"]), HealthCheck(test: ["CMD", "a\0b"]),
    HealthCheck(test: ["CMD", "x"], interval: 999_999), HealthCheck(test: ["CMD", "x"], timeout: .max),
    HealthCheck(test: ["CMD", "x"], retries: .max),
  ])
  func whatCannotBeIsRefused(check: HealthCheck) {
    #expect(throws: WherryError.self) { try HealthPlan.validate(check, action: nil) }
  }

  @Test func anActionNeedsACheck() throws {
    #expect(throws: WherryError.self) { try HealthPlan.validate(nil, action: .kill) }
    #expect(throws: WherryError.self) { try HealthPlan.validate(HealthCheck(test: ["NONE"]), action: .stop) }
    #expect(throws: WherryError.self) {
      try HealthPlan.validate(HealthCheck(test: ["CMD", "x"]), action: HealthFailureAction(rawValue: 9))
    }
    try HealthPlan.validate(HealthCheck(test: ["CMD", "x"], interval: 1_000_000), action: .kill)
    try HealthPlan.validate(nil, action: HealthFailureAction.none)
  }
}
