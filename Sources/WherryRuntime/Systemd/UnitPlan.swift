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
  static let restartPause = Duration.seconds(1)
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
    ]
  }

  /// Not `Requires`: a restart of what is required would stop this one, and a stop is never followed by a start.
  private var requirements: [UnitProperty] {
    launch.requires.isEmpty ? [] : [UnitProperty("Wants", .strings(launch.requires.map(Self.unit)))]
  }

  /// The names Docker's journald driver uses.
  static func journalFields(_ launch: ContainerLaunch) -> [String] {
    [
      "CONTAINER_ID=\(launch.id.short)", "CONTAINER_ID_FULL=\(launch.id)", "CONTAINER_NAME=\(launch.name)",
      "CONTAINER_TAG=\(launch.name)", "IMAGE_NAME=\(launch.imageName)",
    ]
  }

  /// `create` and `start` apart: systemd knows the main process before it runs, so that no end comes too soon
  /// for it to see the code.
  private var commands: [UnitProperty] {
    let hook = [executable, "internal", "container-exited", files.run.path, launch.id.rawValue]
    var properties = [
      UnitProperty("ExecStopPost", .commands([.init(executable, hook)])),
      UnitProperty("TimeoutStartUSec", .uint64(90_000_000)),
    ]
    let launchStep = [executable, "internal", "container-launch", files.run.path, launch.id.rawValue]
    properties.append(UnitProperty("ExecStart", .commands([.init(executable, launchStep)])))
    // One more process a start, only where there is a check. Should it fail, the container runs all the same.
    let healthStep = [executable, "internal", "container-health-begin", files.run.path, launch.id.rawValue]
    let health: [UnitProperty.Command] =
      launch.health == nil ? [] : [.init(executable, healthStep, ignoresFailure: true)]
    if facts.usesMonitor {
      if !health.isEmpty { properties.append(UnitProperty("ExecStartPost", .commands(health))) }
      // The first step tells systemd that conmon is the main process. A PID file would be read too late for a
      // container that ends at once.
      return properties + [
        UnitProperty("Type", .string("notify")), UnitProperty("NotifyAccess", .string("main")),
      ]
    }
    properties += [
      UnitProperty("Type", .string("forking")), UnitProperty("PIDFile", .string(files.pid)),
    ]
    let start = Self.options(facts, files) + ["start", launch.id.rawValue]
    properties.append(UnitProperty("ExecStartPost", .commands([.init(facts.runtimePath, start)] + health)))
    return properties
  }

  /// The runtime's `create`, which `container-launch` becomes.
  static func create(_ facts: UnitFacts, _ files: ContainerFiles) -> [String] {
    options(facts, files)
      + ["create", "--bundle", files.bundle, "--pid-file", files.pid, files.id.rawValue]
  }

  private static func options(_ facts: UnitFacts, _ files: ContainerFiles) -> [String] {
    [facts.runtimePath] + facts.runtime.globalArguments
      + ["--log", files.runtimeLog, "--log-format", "json"]
  }

  private var restart: [UnitProperty] { RestartPlan(launch.restart).properties }

  private var stopping: [UnitProperty] {
    [
      UnitProperty("KillMode", .string("mixed")),
      UnitProperty("KillSignal", .int32(unitSignal)),
      UnitProperty("TimeoutStopUSec", .uint64(Self.microseconds(launch.stopTimeout))),
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
