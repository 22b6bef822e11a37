import WherryLinux
package import WherryModel

/// The checks that need no daemon: of the device this runs on.
package enum LocalDoctor {
  /// What of a check is not to be asked of the device itself.
  package struct Circumstances: Sendable {
    /// Nil where this may not write there.
    package var staging: String?
    package var stateDirectory: String
    package var group: String
    /// False for a daemon in the foreground, which has a socket of its own.
    package var needsSocket: Bool

    package init(
      stateDirectory: String = "/var/lib/wherry", staging: String? = nil, group: String = "wherry",
      needsSocket: Bool = true
    ) {
      self.stateDirectory = stateDirectory
      self.staging = staging
      self.group = group
      self.needsSocket = needsSocket
    }
  }

  /// Nil for checks that only a daemon can do: registries and packet rules.
  package static func item(_ check: DoctorCheck, _ place: Circumstances) -> DoctorRun.Item? {
    switch check {
    case .daemon, .registries, .firewall: nil
    case .access: DoctorRun.Item(check, blocking: { try AccessFacts.current(group: place.group).findings })
    case .units:
      DoctorRun.Item(
        check, waiting: { try await DoctorUnitFacts.current(needsSocket: place.needsSocket).findings })
    case .programs: DoctorRun.Item(check, waiting: { try await ProgramFacts.current().findings })
    case .kernel: DoctorRun.Item(check, blocking: { try KernelFacts.current().findings })
    case .cgroups: DoctorRun.Item(check, blocking: { try CgroupFacts.current().findings })
    case .apparmor: DoctorRun.Item(check, blocking: { try AppArmorFacts.current().findings })
    case .clock: DoctorRun.Item(check, blocking: { try ClockFacts.current().findings })
    case .disk:
      DoctorRun.Item(
        check, blocking: { try DiskFacts.current(place.stateDirectory, staging: place.staging).findings })
    case .memory: DoctorRun.Item(check, blocking: { try MemoryFacts.current().findings })
    case .journal: DoctorRun.Item(check, blocking: { try JournalFacts.current().findings })
    case .dns: DoctorRun.Item(check, blocking: { try NameServerFacts.current().findings })
    }
  }

  /// Throws `invalidArgument` for a word that names no check.
  package static func checks(_ words: [String]) throws(WherryError) -> [DoctorCheck] {
    guard words.count <= 64 else { throw WherryError(.invalidArgument, "too many checks") }
    var wanted: Set<DoctorCheck> = []
    for word in words {
      guard let check = DoctorCheck(rawValue: word) else {
        throw WherryError(
          .invalidArgument, "there is no check \(String(word.prefix(40)).debugDescription)",
          hint: "checks are: \(DoctorCheck.allCases.map(\.rawValue).joined(separator: " "))")
      }
      wanted.insert(check)
    }
    return DoctorCheck.allCases.filter { words.isEmpty || wanted.contains($0) }
  }
}
