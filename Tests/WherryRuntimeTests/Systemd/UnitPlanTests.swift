import Testing
import WherryEngine
import WherryModel
import WherryOCI
import WherrySystemd

@testable import WherryRuntime

@Suite struct UnitPlanTests {
  private func value(_ plan: UnitPlan, _ name: String) -> UnitProperty.Value? {
    plan.properties.first { $0.name == name }?.value
  }

  @Test func aDetachedContainerIsAServiceWhoseMainProcessIsNamedByItsLaunchStep() throws {
    let id = Sample.idText
    let plan = try Sample.plan(try Sample.launch())
    #expect(
      plan.properties == [
        UnitProperty("Description", .string("Container web")),
        UnitProperty("Slice", .string("wherry.slice")),
        UnitProperty("After", .strings(["network.target"])),
        UnitProperty("CollectMode", .string("inactive-or-failed")),
        UnitProperty("Delegate", .bool(true)),
        UnitProperty("SyslogIdentifier", .string("wherry/unit")),
        UnitProperty(
          "LogExtraFields",
          .byteStrings(
            [
              "CONTAINER_ID=0123456789ab", "CONTAINER_ID_FULL=\(id)", "CONTAINER_NAME=web",
              "CONTAINER_TAG=web", "IMAGE_NAME=nginx%n$HOME",
            ].map { Array($0.utf8) })),
        UnitProperty(
          "ExecStopPost",
          .commands([
            .init("/usr/bin/wherry", ["/usr/bin/wherry", "internal", "container-exited", "/run/wherry", id])
          ])),
        UnitProperty("TimeoutStartUSec", .uint64(150_000_000)),
        UnitProperty(
          "ExecStart",
          .commands([
            .init("/usr/bin/wherry", ["/usr/bin/wherry", "internal", "container-launch", "/run/wherry", id])
          ])),
        UnitProperty("Type", .string("notify")),
        UnitProperty("NotifyAccess", .string("main")),
        UnitProperty("Restart", .string("no")),
        UnitProperty("KillMode", .string("mixed")),
        UnitProperty("KillSignal", .int32(15)),
        UnitProperty("TimeoutStopUSec", .uint64(10_000_000)),
        UnitProperty("OOMPolicy", .string("continue")),
      ])
  }

  @Test func underConmonTheMainProcessIsConmon() throws {
    let plan = try Sample.plan(try Sample.launch(stopSignal: 10), usesMonitor: true)
    #expect(value(plan, "Type") == .string("notify"))
    #expect(value(plan, "ExecStartPost") == nil)
    // SIGUSR1 would end conmon, not the container.
    #expect(value(plan, "KillSignal") == .int32(15))
  }

  @Test func limitsBecomeProperties() throws {
    let plan = try Sample.plan(
      try Sample.launch(
        resources: .init(memory: 64 << 20, nanoCPUs: 1_500_000_000, pids: 100)))
    #expect(value(plan, "MemoryMax") == .uint64(64 << 20))
    #expect(value(plan, "MemorySwapMax") == .uint64(64 << 20))
    #expect(value(plan, "CPUQuotaPerSecUSec") == .uint64(1_500_000))
    #expect(value(plan, "TasksMax") == .uint64(100))
  }

  @Test(arguments: [RestartRule.always, .unlessStopped]) func alwaysIsWithoutAnEnd(_ rule: RestartRule) throws
  {
    let plan = try Sample.plan(try Sample.launch(restart: rule))
    #expect(value(plan, "Restart") == .string("always"))
    #expect(value(plan, "StartLimitIntervalUSec") == .uint64(0))
  }

  @Test func onFailureTakesSignalsAsFailures() throws {
    let plan = try Sample.plan(try Sample.launch(restart: .onFailure(maximumRetries: 3)))
    #expect(value(plan, "Restart") == .string("on-failure"))
    // The hook counts: systemd's own count ends with a daemon-reload.
    #expect(value(plan, "StartLimitIntervalUSec") == .uint64(0))
    #expect(value(plan, "RestartUSec") == .uint64(100_000))
    #expect(
      value(plan, "RestartForceExitStatus") == .exitStatuses(codes: [], signals: [1, 2, 13, 15]))
    #expect(
      RestartPlan(.onFailure(maximumRetries: 3)).dropIn.split(separator: "\n").suffix(4) == [
        "Restart=on-failure", "RestartSec=100000us", "RestartForceExitStatus=",
        "RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM",
      ])
    #expect(RestartPlan(.no).dropIn.hasSuffix("Restart=no\nRestartSec=100000us\nRestartForceExitStatus=\n"))
  }

  @Test func defaultDeviceRulesAreExceptionsOfStrict() throws {
    let plan = try Sample.plan(try Sample.launch(devices: DefaultDevices.rules))
    #expect(value(plan, "DevicePolicy") == .string("strict"))
    #expect(
      value(plan, "DeviceAllow")
        == .pairs([
          .init("char-*", "m"), .init("block-*", "m"), .init("/dev/char/1:3", "rwm"),
          .init("/dev/char/1:5", "rwm"), .init("/dev/char/1:7", "rwm"), .init("/dev/char/1:8", "rwm"),
          .init("/dev/char/1:9", "rwm"), .init("/dev/char/5:0", "rwm"), .init("/dev/char/5:1", "rwm"),
          .init("/dev/char/5:2", "rwm"), .init("char-pts", "rwm"),
        ]))
  }

  @Test func aRuleForEverythingAllowsEverything() {
    let properties = DevicePlan([.init(allow: true, access: "rwm")]).properties
    #expect(properties == [UnitProperty("DevicePolicy", .string("auto"))])
  }

  @Test func deviceMajorsHaveTheirKernelNames() {
    let names = DeviceNames("Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n")
    let rules: [RuntimeSpec.DeviceRule] = [
      .init(allow: false), .init(allow: true, type: "b", major: 8, access: "r"),
      .init(allow: true, type: "c", major: 77, access: "r"),
    ]
    #expect(
      DevicePlan(rules, names: names).properties.last
        == UnitProperty("DeviceAllow", .pairs([.init("block-sd", "r"), .init("char-77", "r")])))
  }

  @Test(arguments: ["/run/wh$erry", "/run/%n", "/run/a b", "/run/\"x", "relative", "/run/a\nb", "/run/a;b"])
  func pathsThatSystemdWouldChangeAreRefused(_ path: String) {
    #expect(throws: WherryError.self) { try UnitPlan.requirePlain(path) }
  }

  @Test func ordinaryPathsAreAllowed() throws { try UnitPlan.requirePlain("/run/wherry-2/a_b.c+d@e") }

  @Test func durationsSaturate() {
    #expect(UnitPlan.microseconds(.milliseconds(1500)) == 1_500_000)
    #expect(UnitPlan.microseconds(.seconds(-1)) == 0)
    #expect(UnitPlan.microseconds(.seconds(Int64.max)) == .max)
  }
}
