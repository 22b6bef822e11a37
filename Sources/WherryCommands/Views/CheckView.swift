import WherryWire

/// What a check found, as lines and as JSON.
struct CheckView {
  var isRepair: Bool
  var isQuick: Bool

  /// `damaged layer 0123456789ab /bin/sh: its content has changed; do: wherry system check --repair`.
  func line(of finding: CheckFinding) -> String {
    var text = "\(word(of: finding)) \(finding.kind) \(Sanitise.metadata(finding.object))"
    if let path = finding.path { text += " \(Sanitise.metadata(path))" }
    text += ": \(Sanitise.metadata(finding.problem))"
    if let moved = finding.movedTo { text += "; set aside: \(Sanitise.metadata(moved))" }
    if let remedy = finding.remedy { text += "; do: \(Sanitise.metadata(remedy))" }
    return text
  }

  private func word(of finding: CheckFinding) -> String {
    switch finding.outcome {
    case .repaired: return "repaired"
    case .kept where finding.severity == .missing: return "missing (kept)"
    case .kept: return "damaged (kept)"
    default: return severity(of: finding)
    }
  }

  private func severity(of finding: CheckFinding) -> String {
    switch finding.severity {
    case .damaged: "damaged"
    case .missing: "missing"
    case .leftover: "leftover"
    default: "note"
    }
  }

  func summary(of result: SystemCheckResult) -> [String] {
    let read = isQuick ? "names and sizes only" : "\(Human.size(result.bytes)) read"
    var lines = [
      "Checked: \(result.records) records, \(result.layers) layers, \(result.files) files (\(read))"
    ]
    if result.unlisted > 0 {
      lines.append(
        "By structure only: \(result.unlisted) layers of an older Wherry, which kept no digests of files")
    }
    lines.append("Damaged or missing: \(result.damage)")
    if isRepair { lines.append("Repaired: \(result.repaired), with \(result.fetched) fetches") }
    if result.leftovers > 0 { lines.append("Leftovers: \(result.leftovers)") }
    return lines
  }

  func value(of finding: CheckFinding) -> Value {
    [
      "Severity": .string(severity(of: finding)), "Kind": .string(finding.kind),
      "Object": .string(finding.object), "Path": .string(finding.path ?? ""),
      "Problem": .string(finding.problem), "Remedy": .string(finding.remedy ?? ""),
      "Outcome": .string(outcome(of: finding)), "MovedTo": .string(finding.movedTo ?? ""),
    ]
  }

  private func outcome(of finding: CheckFinding) -> String {
    switch finding.outcome {
    case .repaired: "repaired"
    case .kept: "kept"
    default: "reported"
    }
  }

  func value(of result: SystemCheckResult) -> Value {
    [
      "Records": .unsigned(result.records), "Layers": .unsigned(result.layers),
      "Files": .unsigned(result.files), "Bytes": .unsigned(result.bytes), "Damage": .unsigned(result.damage),
      "Repaired": .unsigned(result.repaired), "Leftovers": .unsigned(result.leftovers),
      "Unlisted": .unsigned(result.unlisted), "Fetched": .unsigned(result.fetched),
    ]
  }
}
