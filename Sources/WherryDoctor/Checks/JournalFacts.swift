package import WherryWire

/// Where journald keeps what containers print.
package struct JournalFacts: Sendable, Equatable {
  package var isRunning: Bool
  /// `Storage=` of journald.conf(5); `auto` is the default.
  package var storage: String
  /// Whether /var/log/journal is there.
  package var hasPersistentFolder: Bool
  /// `SystemMaxUse=`, `RuntimeMaxUse=` as they are written; nil for the default.
  package var persistentLimit: String?
  package var volatileLimit: String?

  package init(
    isRunning: Bool, storage: String = "auto", hasPersistentFolder: Bool = true,
    persistentLimit: String? = nil,
    volatileLimit: String? = nil
  ) {
    self.isRunning = isRunning
    self.storage = storage
    self.hasPersistentFolder = hasPersistentFolder
    self.persistentLimit = persistentLimit
    self.volatileLimit = volatileLimit
  }

  /// `texts` are journald.conf and its drop-ins, later ones over earlier ones.
  package init(isRunning: Bool, hasPersistentFolder: Bool, configurations texts: [String]) {
    self.init(isRunning: isRunning, hasPersistentFolder: hasPersistentFolder)
    for line in texts.flatMap({ $0.split(separator: "\n") }) {
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "Storage": storage = parts[1].lowercased()
      case "SystemMaxUse": persistentLimit = parts[1]
      case "RuntimeMaxUse": volatileLimit = parts[1]
      default: break
      }
    }
  }

  package var findings: [DoctorFinding] {
    guard isRunning else {
      return [.ok(.journal, "no journald: what containers print is kept in files of the state folder")]
    }
    if storage == "none" {
      return [
        .fault(
          .journal, "Storage=none in journald.conf: nothing that containers print is kept",
          "set Storage=volatile or persistent in /etc/systemd/journald.conf.d/, then systemctl restart "
            + "systemd-journald")
      ]
    }
    let isPersistent = storage == "persistent" || (storage == "auto" && hasPersistentFolder)
    if isPersistent {
      return [
        .ok(
          .journal, "kept on disk, up to \(persistentLimit ?? "a tenth of the file system, 4 GB at most")",
          note: persistentLimit == nil
            ? "SystemMaxUse= limits it; Storage=volatile in journald.conf spares a card" : nil)
      ]
    }
    return [
      .ok(
        .journal,
        "kept in memory, up to \(volatileLimit ?? "a tenth of it, 4 GB at most"): logs are gone after a reboot",
        note: "Storage=persistent in journald.conf keeps them")
    ]
  }
}
