package import WherryWire

package struct AppArmorFacts: Sendable, Equatable {
  /// Whether the kernel runs it.
  package var isEnabled: Bool
  /// Whether there is a program that loads profiles.
  package var hasParser: Bool

  package init(isEnabled: Bool, hasParser: Bool) {
    self.isEnabled = isEnabled
    self.hasParser = hasParser
  }

  package var findings: [DoctorFinding] {
    guard isEnabled else {
      return [
        .ok(
          .apparmor, "the kernel does not run AppArmor: --security-opt apparmor= is refused",
          note: "to have it, boot with lsm=…,apparmor or apparmor=1 security=apparmor")
      ]
    }
    guard hasParser else {
      return [
        .warning(
          .apparmor, "the kernel runs AppArmor, and there is no apparmor_parser to load profiles",
          "apt install apparmor")
      ]
    }
    return [.ok(.apparmor, "the kernel runs it")]
  }
}
