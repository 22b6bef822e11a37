import WherryEngine
import WherryModel
import WherryOCI
import WherryStore
import WherrySystemd

/// A container as a transient unit: `properties` is what `StartTransientUnit` is told.
///
/// systemd 252 forgets `ExecStartEx` at a daemon-reload (it writes it into the unit file under that
/// name), so that expansion of `$` in commands cannot be switched off: what goes into commands is
/// checked by `requirePlain` instead. No name, label or image of a user's is in there.
struct UnitPlan {
  static let slice = "wherry.slice"
  /// For the hook: `TimeoutStopSec=` is its time as well, and a hook that is killed leaves the container's remains.
  static let hookTime = Duration.seconds(10)
  /// For the runtime, after the longest pause before a restart.
  static let startTime = Duration.seconds(90) + RestartBackoff.longest
  /// Of what the unit's helpers print; no container's name can have a slash.
  static let helperIdentifier = "wherry/unit"

  var launch: ContainerLaunch
  var files: ContainerFiles
  var facts: UnitFacts
  /// The wherry binary.
  var executable: String
  var deviceNames = DeviceNames()

  static func unit(_ id: ContainerID) -> String { "wherry-\(id).service" }

  var properties: [UnitProperty] {
    identity + requirements + commands + restart + stopping + limits + devices
  }

  private var identity: [UnitProperty] {
    [
      UnitProperty("Description", .string("Container \(launch.name)")),
      UnitProperty("Slice", .string(Self.slice)),
      // Stopped at shutdown before the network goes.
      UnitProperty("After", .strings(["network.target"] + launch.requires.map(Self.unit))),
      UnitProperty("CollectMode", .string("inactive-or-failed")),
      UnitProperty("Delegate", .bool(true)),
      UnitProperty("SyslogIdentifier", .string(Self.helperIdentifier)),
      UnitProperty("LogExtraFields", .byteStrings(Self.journalFields(launch).map { Array($0.utf8) })),
    ] + JournalPlan.rates(launch.log)
  }

  /// Not `Requires`: a restart of what is required would stop this one, and a stop is never followed by a start.
  private var requirements: [UnitProperty] {
    launch.requires.isEmpty ? [] : [UnitProperty("Wants", .strings(launch.requires.map(Self.unit)))]
  }

  /// The names Docker's journald driver uses.
  static func journalFields(_ launch: ContainerLaunch) -> [String] {
    [
      "CONTAINER_ID=\(launch.id.short)", "CONTAINER_ID_FULL=\(launch.id)", "CONTAINER_NAME=\(launch.name)",
      "CONTAINER_TAG=\(launch.log.tag ?? launch.name.rawValue)", "IMAGE_NAME=\(launch.imageName)",
    ] + JournalPlan.fields(launch.log)
  }

  private var commands: [UnitProperty] {
    let hook = [executable, "internal", "container-exited", files.run.path, launch.id.rawValue]
    let launchStep = [executable, "internal", "container-launch", files.run.path, launch.id.rawValue]
    var properties = [
      UnitProperty("ExecStopPost", .commands([.init(executable, hook)])),
      UnitProperty("TimeoutStartUSec", .uint64(Self.microseconds(startTime))),
      UnitProperty("ExecStart", .commands([.init(executable, launchStep)])),
    ]
    if launch.readiness != nil, !facts.usesMonitor {
      // Lets the first process run, and starts the health check as well.
      let ready = [executable, "internal", "container-ready", files.run.path, launch.id.rawValue]
      properties.append(UnitProperty("ExecStartPost", .commands([.init(executable, ready)])))
    } else if launch.health != nil {
      // One more process a start, only where there is a check. Should it fail, the container runs all the same.
      let healthStep = [executable, "internal", "container-health-begin", files.run.path, launch.id.rawValue]
      properties.append(
        UnitProperty("ExecStartPost", .commands([.init(executable, healthStep, ignoresFailure: true)])))
    }
    // The launch step tells systemd which process is the main one: the container's first, or conmon. A PID file would
    // be read too late for a container that ends at once.
    return properties + [
      UnitProperty("Type", .string("notify")), UnitProperty("NotifyAccess", .string("main")),
    ]
  }

  /// Of each step.
  private var startTime: Duration {
    max(Self.startTime, .seconds(Int64(launch.readiness?.timeout ?? 0) + 60))
  }

  /// The runtime's options before its command.
  static func options(_ facts: UnitFacts, _ files: ContainerFiles) -> [String] {
    facts.runtime.globalArguments
      + ["--log", files.runtimeLog, "--log-format", "json"]
  }

  private var restart: [UnitProperty] { RestartPlan(launch.restart).properties }

  private var stopping: [UnitProperty] {
    [
      UnitProperty("KillMode", .string("mixed")),
      UnitProperty("KillSignal", .int32(unitSignal)),
      UnitProperty("TimeoutStopUSec", .uint64(Self.microseconds(max(launch.stopTimeout, Self.hookTime)))),
    ]
  }

  /// conmon passes these three on to the container; the others would end conmon itself.
  private var unitSignal: Int32 {
    facts.usesMonitor && ![2, 3, 15].contains(launch.stopSignal) ? 15 : launch.stopSignal
  }

  static func microseconds(_ duration: Duration) -> UInt64 {
    let parts = duration.components
    guard parts.seconds >= 0 else { return 0 }
    let (product, overflow) = UInt64(parts.seconds).multipliedReportingOverflow(by: 1_000_000)
    let rest = UInt64(max(parts.attoseconds, 0) / 1_000_000_000_000)
    let (sum, beyond) = product.addingReportingOverflow(rest)
    return overflow || beyond ? .max : sum
  }

  private var limits: [UnitProperty] {
    // As without systemd: one process that the kernel kills for memory is not the end of the container.
    let properties = [UnitProperty("OOMPolicy", .string("continue"))]
    return properties + LimitPlan.properties(launch.resources)
  }

  private var devices: [UnitProperty] {
    guard let rules = launch.runtime.linux.resources?.devices else { return [] }
    return DevicePlan(rules, names: deviceNames).properties
  }

  /// Throws `invalidArgument` for a path that systemd would not leave alone in a command.
  static func requirePlain(_ path: String) throws(WherryError) {
    let plain = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "/._-+,@=:~".utf8.contains(byte)
      }
    }
    guard plain, path.hasPrefix("/") else {
      throw WherryError(
        .invalidArgument, "path \(path.debugDescription) cannot be used in a systemd unit",
        hint: "use an absolute path of letters, digits and / . _ - + , @ = : ~")
    }
  }
}
