import WherryEngine
import WherryLinux
import WherrySystemd

/// Docker's restart policies in systemd's words. A stop by `StopUnit` is never followed by a restart.
struct RestartPlan {
  var rule: RestartRule

  init(_ rule: RestartRule) {
    self.rule = rule
  }

  /// To systemd these four signals are a clean end, to Docker a code other than 0 is a failure.
  private static let failureSignals: [Int32] = [1, 2, 13, 15]

  /// The first pause; the launch step waits for the rest of a longer one.
  static let pause = RestartBackoff.first

  var properties: [UnitProperty] {
    let pause = UnitProperty("RestartUSec", .uint64(UnitPlan.microseconds(Self.pause)))
    // The unit's hook counts.
    let unlimited = UnitProperty("StartLimitIntervalUSec", .uint64(0))
    switch rule {
    case .no: return [UnitProperty("Restart", .string("no"))]
    case .always, .unlessStopped: return [UnitProperty("Restart", .string("always")), pause, unlimited]
    case .onFailure:
      let signals = UnitProperty(
        "RestartForceExitStatus", .exitStatuses(codes: [], signals: Self.failureSignals))
      return [UnitProperty("Restart", .string("on-failure")), signals, pause, unlimited]
    }
  }

  /// A drop-in file that says all of it, whatever the unit said before.
  var dropIn: String {
    let policy =
      switch rule {
      case .no: "no"
      case .always, .unlessStopped: "always"
      case .onFailure: "on-failure"
      }
    let lines = [
      "[Unit]", "StartLimitIntervalSec=0", "[Service]", "Restart=\(policy)",
      "RestartSec=\(UnitPlan.microseconds(Self.pause))us", "RestartForceExitStatus=",
    ]
    let names = Self.failureSignals.map { Signal.name($0) }.joined(separator: " ")
    let forced = policy == "on-failure" ? ["RestartForceExitStatus=\(names)"] : []
    return (lines + forced).map { $0 + "\n" }.joined()
  }
}
