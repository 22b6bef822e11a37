import WherryLinux
import WherryModel

extension DoctorUnitFacts {
  /// sd_booted(3)
  static var isSystemdRunning: Bool {
    get throws(SystemError) { try Files.exists("/run/systemd/system") }
  }

  private static let properties =
    "Id,LoadState,ActiveState,SubState,UnitFileState,Result,DropInPaths,NeedDaemonReload"

  /// Of this device, as systemctl(1) shows it to anybody.
  package static func current(needsSocket: Bool) async throws -> DoctorUnitFacts {
    guard try isSystemdRunning else { return DoctorUnitFacts(isSystemd: false) }
    var facts = DoctorUnitFacts(isSystemd: true, needsSocket: needsSocket)
    facts.units = units(try await run("systemctl", ["show", "--property=\(properties)"] + names))
    facts.failed = failedNames(
      try await run(
        "systemctl", ["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "wherry*"]))
    if facts.units["wherry.service"]?.active == "failed" {
      facts.journal = lastLines(
        try await run("journalctl", ["-u", "wherry.service", "-n", "3", "-o", "cat", "--no-pager", "-q"]))
    }
    return facts
  }

  private static func run(_ program: String, _ arguments: [String]) async throws -> String {
    let output = try await Spawn("/usr/bin/\(program)", arguments).output(
      maximum: 256 << 10, timeout: .seconds(5))
    guard output.status == .exited(0) || !output.stdout.isEmpty else {
      throw WherryError(
        .unavailable, "\(program): \(String(output.errorText.prefix(200)))",
        hint: "systemctl status tells whether systemd answers")
    }
    return output.outputText
  }

  /// What `systemctl show` prints: `KEY=VALUE` lines, an empty line between units. Pure.
  static func units(_ text: String) -> [String: Unit] {
    var found: [String: Unit] = [:]
    var values: [String: String] = [:]
    for line in (text + "\n\n").split(separator: "\n", omittingEmptySubsequences: false) {
      if let equals = line.firstIndex(of: "=") {
        values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        continue
      }
      if let name = values["Id"] {
        found[name] = Unit(
          load: values["LoadState"] ?? "", active: values["ActiveState"] ?? "", sub: values["SubState"] ?? "",
          file: values["UnitFileState"] ?? "", result: values["Result"] ?? "",
          dropIns: (values["DropInPaths"] ?? "").split(separator: " ").map(String.init),
          needsReload: values["NeedDaemonReload"] == "yes")
      }
      values = [:]
    }
    return found
  }

  /// What `systemctl list-units --plain --no-legend` prints. Pure.
  static func failedNames(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  static func lastLines(_ text: String) -> [String] {
    text.split(separator: "\n").suffix(3).map { String($0.prefix(300)) }
  }
}
