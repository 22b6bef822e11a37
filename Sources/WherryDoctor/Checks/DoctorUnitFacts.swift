package import WherryWire

/// Wherry's units, as systemd shows them.
package struct DoctorUnitFacts: Sendable, Equatable {
  package struct Unit: Sendable, Equatable {
    package var load: String
    package var active: String
    package var sub: String
    /// `enabled`, `disabled`, `masked`, `static`…
    package var file: String
    package var result: String
    package var dropIns: [String]
    package var needsReload: Bool

    package init(
      load: String = "loaded", active: String = "active", sub: String = "", file: String = "enabled",
      result: String = "success", dropIns: [String] = [], needsReload: Bool = false
    ) {
      self.load = load
      self.active = active
      self.sub = sub
      self.file = file
      self.result = result
      self.dropIns = dropIns
      self.needsReload = needsReload
    }
  }

  package var isSystemd: Bool
  package var units: [String: Unit]
  /// Units of containers and Wherry's others that have failed.
  package var failed: [String]
  /// The last of wherry.service, where that has failed.
  package var journal: [String]
  /// Whether the sockets are for this daemon: one in the foreground has its own.
  package var needsSocket: Bool

  package static let names = [
    "wherry.socket", "wherry.service", "wherry-restore.service", "wherry-resolver.path",
    "wherry-remote.socket",
  ]

  package init(
    isSystemd: Bool, units: [String: Unit] = [:], failed: [String] = [], journal: [String] = [],
    needsSocket: Bool = true
  ) {
    self.isSystemd = isSystemd
    self.units = units
    self.failed = failed
    self.journal = journal
    self.needsSocket = needsSocket
  }

  package var findings: [DoctorFinding] {
    guard isSystemd else {
      return [
        .ok(
          .units,
          "systemd is not PID 1 here: 'wherry daemon' in the foreground keeps containers, with conmon",
          note: "nothing brings containers back after a reboot")
      ]
    }
    let found = socket + service + restore + changes + failures
    if found.contains(where: { $0.state != .ok }) { return found }
    let socket = needsSocket ? "wherry.socket listens" : "the daemon has a socket of its own"
    return [.ok(.units, "\(socket), no unit has failed")] + found
  }

  private var socket: [DoctorFinding] {
    guard needsSocket else { return [] }
    guard let unit = units["wherry.socket"], unit.load != "not-found" else {
      return [
        .fault(
          .units, "systemd does not know wherry.socket", "install the package: apt install --reinstall wherry"
        )
      ]
    }
    if unit.load == "masked" || unit.file == "masked" {
      return [
        .fault(
          .units, "wherry.socket is masked",
          "systemctl unmask wherry.socket, then systemctl enable --now wherry.socket")
      ]
    }
    if unit.load != "loaded" {
      return [.fault(.units, "wherry.socket: \(unit.load)", "systemctl status wherry.socket tells why")]
    }
    if unit.active != "active" {
      return [
        .fault(
          .units, "wherry.socket is \(unit.active) (\(unit.result)): nobody listens",
          "systemctl enable --now wherry.socket")
      ]
    }
    if unit.file == "disabled" {
      return [
        .warning(
          .units, "wherry.socket is not enabled: nobody listens after a reboot",
          "systemctl enable wherry.socket")
      ]
    }
    return []
  }

  private var service: [DoctorFinding] {
    guard let unit = units["wherry.service"], unit.active == "failed" || unit.sub == "auto-restart" else {
      return []
    }
    let last = journal.isEmpty ? "" : "; it said: \(journal.joined(separator: " | "))"
    return [
      .fault(
        .units, "wherry.service cannot run (\(unit.result))\(last)",
        "journalctl -u wherry.service tells more; then systemctl reset-failed wherry.service")
    ]
  }

  private var restore: [DoctorFinding] {
    guard let unit = units["wherry-restore.service"], unit.load == "loaded", unit.file == "disabled" else {
      return []
    }
    return [
      .warning(
        .units, "wherry-restore.service is not enabled: containers do not come back after a reboot",
        "systemctl enable wherry-restore.service")
    ]
  }

  private var changes: [DoctorFinding] {
    units.sorted { $0.key < $1.key }.flatMap { name, unit -> [DoctorFinding] in
      var found: [DoctorFinding] = []
      if unit.needsReload {
        found.append(
          .warning(
            .units, "\(name) was changed on disk and systemd has not read that", "systemctl daemon-reload"))
      }
      if !unit.dropIns.isEmpty {
        found.append(
          .ok(
            .units, "\(name) is changed by \(unit.dropIns.joined(separator: ", "))",
            note: "systemctl cat \(name) shows how; systemctl revert \(name) undoes it"))
      }
      return found
    }
  }

  private var failures: [DoctorFinding] {
    let others = failed.filter { $0 != "wherry.service" && $0 != "wherry.socket" }
    if others.isEmpty { return [] }
    let rest = others.count > 5 ? " and \(others.count - 5) more" : ""
    return [
      .warning(
        .units, "failed: \(others.prefix(5).joined(separator: ", "))\(rest)",
        "systemctl status \(others.first ?? "") tells why; then systemctl reset-failed 'wherry*'")
    ]
  }
}
