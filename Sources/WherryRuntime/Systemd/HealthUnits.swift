import WherryEngine
import WherryModel
import WherryStore
import WherrySystemd

/// The timers of a container's health check, each with its service: bound to the container's unit, so that they go
/// with it, and nothing stays in between two probes.
struct HealthUnits {
  var id: ContainerID
  var run: RunDirectory
  var plan: HealthPlan
  /// The wherry binary.
  var executable: String

  static func name(_ id: ContainerID) -> String { "wherry-health-\(id)" }
  static func startName(_ id: ContainerID) -> String { "wherry-health-start-\(id)" }

  /// Names without their ending, and the pause between two probes in nanoseconds.
  var schedules: [(name: String, pause: UInt64)] {
    var schedules = [(name: Self.name(id), pause: plan.interval)]
    // The short one is stopped by the probe that finds the start over.
    if plan.startPeriod > 0, plan.startInterval < plan.interval {
      schedules.append((Self.startName(id), plan.startInterval))
    }
    return schedules
  }

  private var binding: [UnitProperty] {
    let unit = UnitPlan.unit(id)
    return [
      UnitProperty("Slice", .string(UnitPlan.slice)),
      UnitProperty("BindsTo", .strings([unit])), UnitProperty("After", .strings([unit])),
      UnitProperty("CollectMode", .string("inactive-or-failed")),
      UnitProperty("Description", .string("Health check of container \(id.short)")),
    ]
  }

  func timer(pause: UInt64) -> [UnitProperty] {
    let microseconds = max(pause / 1000, 1)
    return binding.filter { $0.name != "Slice" } + [
      UnitProperty(
        "TimersMonotonic",
        .timers([.init("OnActiveSec", microseconds), .init("OnUnitInactiveSec", microseconds)])),
      // Wakes of the device are shared where that costs at most a tenth of the pause.
      UnitProperty("AccuracyUSec", .uint64(min(max(microseconds / 10, 1), 1_000_000))),
    ]
  }

  func service() -> [UnitProperty] {
    let command = [executable, "internal", "container-health-probe", run.path, id.rawValue]
    return binding + [
      UnitProperty("Type", .string("oneshot")),
      UnitProperty("ExecStart", .commands([.init(executable, command)])),
      UnitProperty("SyslogIdentifier", .string(UnitPlan.helperIdentifier)),
      // Notices: systemd's own lines about each start would fill the journal.
      UnitProperty("LogLevelMax", .int32(5)),
      // The runtime mounts something for each exec: systemd would note each in the journal, and so on the card.
      UnitProperty("PrivateMounts", .bool(true)),
      UnitProperty("KillSignal", .int32(9)),
      // A short interval is no failure.
      UnitProperty("StartLimitIntervalUSec", .uint64(0)),
      // The probe keeps to its own time; this is for a hook that hangs.
      UnitProperty("TimeoutStartUSec", .uint64(plan.timeout / 1000 + 60_000_000)),
    ]
  }
}
