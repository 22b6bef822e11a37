import Testing
import WherryEngine
import WherryModel
import WherryStore
import WherrySystemd
import WherryWire

@testable import WherryRuntime

@Suite struct HealthUnitsTests {
  private static let second: UInt64 = 1_000_000_000

  private static func units(_ change: (inout HealthPlan) -> Void = { _ in }) throws -> HealthUnits {
    var plan = HealthPlan()
    change(&plan)
    return HealthUnits(
      id: try Sample.id(), run: RunDirectory("/run/wherry"), plan: plan, executable: "/usr/bin/wherry")
  }

  private static func value(_ properties: [UnitProperty], _ name: String) -> UnitProperty.Value? {
    properties.first { $0.name == name }?.value
  }

  @Test func aSecondTimerProbesWhileItStarts() throws {
    let id = Sample.idText
    #expect(try Self.units().schedules.map { $0.name } == ["wherry-health-\(id)"])
    let both = try Self.units { $0.startPeriod = Self.second }.schedules
    #expect(both.map { $0.name } == ["wherry-health-\(id)", "wherry-health-start-\(id)"])
    #expect(both.map { $0.pause } == [30 * Self.second, 5 * Self.second])
    // One that is not shorter is not needed.
    let slow = try Self.units {
      $0.startPeriod = Self.second
      $0.startInterval = $0.interval
    }
    #expect(slow.schedules.count == 1)
  }

  @Test func theTimersGoWithTheContainersUnit() throws {
    let units = try Self.units()
    let unit = "wherry-\(Sample.idText).service"
    for properties in [units.timer(pause: Self.second), units.service()] {
      #expect(Self.value(properties, "BindsTo") == .strings([unit]))
      #expect(Self.value(properties, "After") == .strings([unit]))
      #expect(Self.value(properties, "CollectMode") == .string("inactive-or-failed"))
    }
    // A timer has no slice.
    #expect(Self.value(units.timer(pause: 1), "Slice") == nil)
    #expect(Self.value(units.service(), "Slice") == .string("wherry.slice"))
  }

  @Test func aTimersPauseCountsFromTheLastProbesEnd() throws {
    let units = try Self.units()
    #expect(
      Self.value(units.timer(pause: 2 * Self.second), "TimersMonotonic")
        == .timers([.init("OnActiveSec", 2_000_000), .init("OnUnitInactiveSec", 2_000_000)]))
    #expect(Self.value(units.timer(pause: 2 * Self.second), "AccuracyUSec") == .uint64(200_000))
    #expect(Self.value(units.timer(pause: 60 * Self.second), "AccuracyUSec") == .uint64(1_000_000))
    // The least that systemd takes.
    #expect(
      Self.value(units.timer(pause: 1), "TimersMonotonic")
        == .timers([.init("OnActiveSec", 1), .init("OnUnitInactiveSec", 1)]))
    #expect(Self.value(units.timer(pause: 1), "AccuracyUSec") == .uint64(1))
  }

  @Test func theServiceRunsTheProbeAndOutlivesItsTimeoutOnlyALittle() throws {
    let service = try Self.units { $0.timeout = 5 * Self.second }.service()
    #expect(
      Self.value(service, "ExecStart")
        == .commands([
          .init(
            "/usr/bin/wherry",
            ["/usr/bin/wherry", "internal", "container-health-probe", "/run/wherry", Sample.idText])
        ]))
    #expect(Self.value(service, "TimeoutStartUSec") == .uint64(65_000_000))
    #expect(Self.value(service, "Type") == .string("oneshot"))
  }
}

@Suite struct HealthFactsTests {
  @Test func whatIsWrittenIsRead() {
    var plan = HealthPlan()
    (plan.interval, plan.timeout, plan.startPeriod, plan.startInterval) = (1, 2, 3, 4)
    (plan.retries, plan.action) = (5, .restart)
    let facts = HealthFacts(plan, name: "web", socket: "/run/wherry/wherry.sock")
    #expect(HealthFacts(facts.text) == facts)
    #expect(facts.text.split(separator: "\n").count == 8)
  }

  static let whole = HealthFacts(HealthPlan(), name: "web", socket: "/s").text.split(separator: "\n").map {
    String($0)
  }

  @Test(arguments: whole.indices)
  func withoutOneLineThereIsNothing(position: Int) {
    var lines = Self.whole
    lines.remove(at: position)
    #expect(HealthFacts(lines.joined(separator: "\n")) == nil)
  }

  @Test(arguments: ["interval=-1", "retries=x", "timeout=", "action=explode"])
  func whatIsNoNumberOrActionIsNothing(line: String) {
    #expect(HealthFacts(Self.whole.joined(separator: "\n") + "\n" + line) == nil)
  }
}
