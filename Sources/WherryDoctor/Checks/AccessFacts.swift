package import WherryWire

/// Who asks, and who may.
package struct AccessFacts: Sendable, Equatable {
  package var user: String
  package var isRoot: Bool
  package var group: String
  package var groupExists: Bool
  /// By /etc/group, and in this login.
  package var isMember: Bool
  package var isActive: Bool

  package init(
    user: String, isRoot: Bool, group: String = "wherry", groupExists: Bool, isMember: Bool, isActive: Bool
  ) {
    self.user = user
    self.isRoot = isRoot
    self.group = group
    self.groupExists = groupExists
    self.isMember = isMember
    self.isActive = isActive
  }

  package var findings: [DoctorFinding] {
    guard groupExists else {
      return [
        .warning(
          .access, "there is no group \(group): only root may use the daemon",
          "systemd-sysusers makes it from the package's sysusers.d, or: addgroup --system \(group)")
      ]
    }
    if isRoot {
      return [
        .ok(
          .access, "\(user) may do all; so may members of group \(group)",
          note: "adduser USER \(group) adds one")
      ]
    }
    if isActive { return [.ok(.access, "\(user) is in group \(group), and root in effect")] }
    if isMember {
      return [
        .fault(
          .access, "\(user) is in group \(group), but this login began before that",
          "log in again, or: newgrp \(group)")
      ]
    }
    return [
      .fault(
        .access, "\(user) is not in group \(group)",
        "use sudo, or: adduser \(user) \(group), then log in again (who is in that group is root in effect)")
    ]
  }
}
