import WherryEngine
import WherrySystemd

/// Docker's restart policies in systemd's words. A stop by `StopUnit` is never followed by a restart.
struct RestartPlan {
  var rule: RestartRule

  init(_ rule: RestartRule) {
    self.rule = rule
  }

  /// To systemd these four signals are a clean end, to Docker a code other than 0 is a failure.
  private static let failureSignals: [Int32] = [1, 2, 13, 15]

  var properties: [UnitProperty] {
    let pause = UnitProperty("RestartUSec", .uint64(UnitPlan.microseconds(UnitPlan.restartPause)))
    let unlimited = UnitProperty("StartLimitIntervalUSec", .uint64(0))
    switch rule {
    case .no: return [UnitProperty("Restart", .string("no"))]
    case .always, .unlessStopped: return [UnitProperty("Restart", .string("always")), pause, unlimited]
    case .onFailure(let maximum):
      let signals = UnitProperty(
        "RestartForceExitStatus", .exitStatuses(codes: [], signals: Self.failureSignals))
      let rule = [UnitProperty("Restart", .string("on-failure")), signals, pause]
      guard let maximum, maximum > 0 else { return rule + [unlimited] }
      return rule + [
        // The first start counts too.
        UnitProperty("StartLimitBurst", .uint32(UInt32(clamping: maximum).addingClamped(1))),
        UnitProperty("StartLimitIntervalUSec", .uint64(.max)),
      ]
    }
  }

  /// A drop-in file that says all of it, whatever the unit said before.
  var dropIn: String {
    var unit = ["StartLimitIntervalSec=0"]
    var service = ["RestartSec=1", "RestartForceExitStatus="]
    switch rule {
    case .no: service.append("Restart=no")
    case .always, .unlessStopped: service.append("Restart=always")
    case .onFailure(let maximum):
      service += [
        "Restart=on-failure",
        "RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM",
      ]
      if let maximum, maximum > 0 {
        unit = [
          "StartLimitIntervalSec=infinity",
          // Reading the files again starts the count anew: the first start is not in it.
          "StartLimitBurst=\(UInt32(clamping: maximum))",
        ]
      }
    }
    return (["[Unit]"] + unit + ["[Service]"] + service).map { $0 + "\n" }.joined()
  }
}

extension UInt32 {
  func addingClamped(_ other: UInt32) -> UInt32 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
