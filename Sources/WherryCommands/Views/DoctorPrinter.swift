import WherryDoctor
import WherryWire

/// What a check found, as two lines for people or one object.
struct DoctorPrinter {
  var isJSON: Bool
  var isQuiet: Bool
  var console: Console

  static func word(_ state: DoctorState) -> String {
    switch state {
    case .ok: "ok"
    case .warning: "warning"
    case .fault: "FAULT"
    default: "unknown"
    }
  }

  static func text(_ finding: DoctorFinding, terminal: Bool) -> String {
    let word = word(finding.state)
    let margin = String(repeating: " ", count: max(1, 9 - word.count))
    var text = "\(word)\(margin)\(Sanitise.metadata(finding.check, terminal: terminal)): "
    text += Sanitise.metadata(finding.seen, terminal: terminal)
    if let remedy = finding.remedy {
      let label = finding.state == .warning || finding.state == .fault ? "do: " : ""
      text += "\n         \(label)\(Sanitise.metadata(remedy, terminal: terminal))"
    }
    return text
  }

  static func value(_ finding: DoctorFinding) -> Value {
    [
      "State": .string(word(finding.state).lowercased()), "Check": .string(finding.check),
      "Seen": .string(finding.seen), "Remedy": .string(finding.remedy ?? ""),
    ]
  }

  func show(_ finding: DoctorFinding) throws {
    if isQuiet, finding.state == .ok { return }
    if isJSON {
      try console.print(JSONWriter.compact(Self.value(finding)))
    } else {
      try console.print(Self.text(finding, terminal: console.isTerminal))
    }
  }

  func finish(_ tally: DoctorRun.Tally) throws {
    if isJSON || isQuiet { return }
    try console.print(
      tally == DoctorRun.Tally() ? "All is well." : "Warnings: \(tally.warnings), faults: \(tally.faults)")
  }
}
